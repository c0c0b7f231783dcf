// The room “Perturbation lab”.

import '../views/lab-room.js';
