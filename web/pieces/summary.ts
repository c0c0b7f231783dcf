// What the room “Data” shows once there are data.

import '../charts/line-chart.js';
import '../elements/about.js';
import '../views/data-summary.js';
