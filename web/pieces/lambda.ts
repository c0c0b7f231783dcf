// The room “Learned regularisation”.

import '../views/lambda-room.js';
