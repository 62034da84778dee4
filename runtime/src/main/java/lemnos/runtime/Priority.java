package lemnos.runtime;

/** How much of a worker's time a process gets when there is not enough for all. */
public enum Priority {
  /** Twice the time of {@link #NORMAL}. */
  HIGH(5),
  /** The default. */
  NORMAL(10),
  /** Two thirds of the time of {@link #NORMAL}. */
  LOW(15);

  /** What a nanosecond of run time counts for: the scheduler lets run who has the least. */
  final int weight;

  Priority(int weight) {
    this.weight = weight;
  }
}
