/**
 * `<warren-perturbation>`: a demo of how one more edge moves a node's spectral embedding. Importing the module
 * defines it; nothing else is loaded until the element is seen and started. The README lists its attributes.
 */
export declare class WarrenPerturbation extends HTMLElement {
  /**
   * Starts the demo once the element is in sight, as its own button does. Resolves when it runs or has said in
   * its place why it does not.
   */
  start(): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    'warren-perturbation': WarrenPerturbation;
  }
}
