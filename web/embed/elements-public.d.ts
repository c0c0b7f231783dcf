/** What every element does: importing the module defines it; nothing else is loaded until it is seen and started. */
declare class WarrenDemo extends HTMLElement {
  /**
   * Starts the demo once the element is in sight, as its own button does. Resolves when it runs or has said in
   * its place why it does not.
   */
  start(): Promise<void>;
}

/** `<warren-perturbation>`: how one more edge moves a node's spectral embedding. The README lists its attributes. */
export declare class WarrenPerturbation extends WarrenDemo {}

/**
 * `<warren-weight-decay>`: three trainings side by side, and whose vectors weight decay lets grow long. The README
 * lists its attributes.
 */
export declare class WarrenWeightDecay extends WarrenDemo {}

/**
 * `<warren-lambda>`: λOpt, a training that learns how strongly it regularises sparse and active users. The README lists
 * its attributes.
 */
export declare class WarrenLambda extends WarrenDemo {}

declare global {
  interface HTMLElementTagNameMap {
    'warren-perturbation': WarrenPerturbation;
    'warren-weight-decay': WarrenWeightDecay;
    'warren-lambda': WarrenLambda;
  }
}
