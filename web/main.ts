// Starts the page: styles, elements, engine, and what the address asks for.

import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/parts.css';
import './styles/layout.css';
import './styles/charts.css';
import './styles/lab.css';

import './elements/about.js';
import './elements/error-box.js';
import './elements/params-form.js';
import './elements/piece.js';
import './elements/progress.js';
import './views/app-shell.js';
import './views/data-mapping.js';
import './views/data-room.js';
import './views/data-source.js';
import './views/data-split.js';

import { followAddress, restoreData } from './address.js';
import { applyFlags, readFlags } from './flags.js';
import { isolate } from './isolate.js';
import { PIECES } from './pieces/index.js';
import { prefetch } from './pieces/piece.js';
import { loadUrl, preparesOnChange } from './session/data.js';
import { embedsOnLink } from './session/embeddings.js';
import { notify, startEngine } from './session/engine.js';
import { recallRuns } from './session/runs.js';
import { recallSweepOfBefore } from './session/sweep.js';
import { state } from './state.js';
import { restoreTheme } from './theme.js';

restoreTheme();
const flags = readFlags(location.search);
applyFlags(flags);
if (flags.problems.length > 0) notify('Parts of this address could not be used.', flags.problems);

const app = document.createElement('w-app');
document.body.replaceChildren(app);

// First of all, since it may reload the page.
const notIsolated = await isolate(flags.threads);
const catalog = await startEngine(flags.threads, notIsolated);
if (catalog) {
  const linked = followAddress(catalog);
  preparesOnChange();
  await recallRuns();
  await recallSweepOfBefore();
  const { source } = state.value;
  // A link made from this address knows the columns as well.
  const linkedUrl = source.kind === 'url' && source.url === flags.data;
  if (flags.data && !linkedUrl) await loadUrl(flags.data);
  else await restoreData(catalog);
  if (linked) embedsOnLink();
  // Who cannot change the room will not see the others.
  if (!flags.hide.includes('tabs')) void prefetch(Object.values(PIECES));
}
