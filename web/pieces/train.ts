// The room “Train”.

import '../charts/line-chart.js';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/method-form.js';
import '../elements/params-form.js';
import '../elements/progress.js';
import '../views/train-form.js';
import '../views/train-live.js';
import '../views/train-magnitudes.js';
import '../views/train-room.js';
import '../views/train-runs.js';
import '../views/train-sweep.js';
