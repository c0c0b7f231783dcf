// The room “Graph & embedding”.

import '../charts/line-chart.js';
import '../charts/scatter.js';
import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/method-form.js';
import '../elements/params-form.js';
import '../elements/progress.js';
import '../elements/search-box.js';
import '../views/graph-curves.js';
import '../views/graph-neighbours.js';
import '../views/graph-panel.js';
import '../views/graph-room.js';
