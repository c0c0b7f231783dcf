// The room “Recommend”.

import '../elements/about.js';
import '../elements/error-box.js';
import '../elements/search-box.js';
import '../views/recommend-room.js';
