// Stands in for the page until its sources are merged: loads the module, so that the build can be tried.
import init from '../pkg/warren.js';

const app = document.querySelector('#app');
init().then(
  () => app?.replaceChildren('Ready'),
  (error: unknown) => app?.replaceChildren(String(error)),
);
