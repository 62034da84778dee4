package lemnos.runtime;

/** Whether a child of a {@link SupervisorTree} is restarted at the end of its life. */
public enum Lifetime {
  /** Always: it is to be there as long as the tree. */
  PERMANENT,
  /** If it failed; one that returns has done what it was there for. */
  TRANSIENT,
  /** Never, also if the others are restarted. */
  TEMPORARY;

  boolean isRestarted(boolean failed) {
    return this == PERMANENT || (this == TRANSIENT && failed);
  }
}
