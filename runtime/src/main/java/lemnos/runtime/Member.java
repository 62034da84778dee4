package lemnos.runtime;

/** Whom a supervisor tree starts and stops. Each call is answered by an event of the child. */
sealed interface Member permits Offspring, Branch {
  /** Begins another life, not before {@code time}. Then {@link Child#started}. */
  void startAt(long time);

  /** Ends its life. Then {@link Child#stopped}. */
  void stop();

  /** Is asked to end for good, in its own time. Then {@link Child#gone}. */
  void finish();

  /** Ends for good, now. Then {@link Child#gone}. */
  void end();
}
