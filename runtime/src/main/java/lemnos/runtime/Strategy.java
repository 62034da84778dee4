package lemnos.runtime;

/** Which children of a {@link SupervisorTree} are restarted when one of them has failed. */
public enum Strategy {
  /** That one. */
  ONE_FOR_ONE,
  /** All: they cannot do without each other. */
  ONE_FOR_ALL,
  /** That one and those started after it: each may depend on what is before it. */
  REST_FOR_ONE
}
