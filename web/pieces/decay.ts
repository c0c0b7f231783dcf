// The room “Weight decay & popularity”.

import '../views/decay-room.js';
