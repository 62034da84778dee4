package lemnos.runtime;

/**
 * How a sequential actor is run.
 *
 * @param name what logs call it
 * @param priority its share of the worker's time
 * @param inboxSize how many messages wait in its inbox at most, 1 to {@value #MAX_INBOX_SIZE}
 * @param ready whether it begins at once; otherwise when the first message has come
 */
public record ActorOptions(String name, Priority priority, int inboxSize, boolean ready) {
  /** The size of an inbox unless another is given. */
  public static final int DEFAULT_INBOX_SIZE = 32;

  /** The greatest size of an inbox. */
  public static final int MAX_INBOX_SIZE = 1 << 20;

  private static final ActorOptions DEFAULT =
      new ActorOptions("actor", Priority.NORMAL, DEFAULT_INBOX_SIZE, true);

  public ActorOptions {
    if (inboxSize < 1 || inboxSize > MAX_INBOX_SIZE) {
      throw new IllegalArgumentException(
          "inboxSize is " + inboxSize + "; it must be 1 to " + MAX_INBOX_SIZE);
    }
  }

  /** Normal priority, an inbox of {@value #DEFAULT_INBOX_SIZE} messages, ready at once. */
  public static ActorOptions standard() {
    return DEFAULT;
  }

  public ActorOptions withName(String name) {
    return new ActorOptions(name, priority, inboxSize, ready);
  }

  public ActorOptions withPriority(Priority priority) {
    return new ActorOptions(name, priority, inboxSize, ready);
  }

  public ActorOptions withInboxSize(int inboxSize) {
    return new ActorOptions(name, priority, inboxSize, ready);
  }

  public ActorOptions withReady(boolean ready) {
    return new ActorOptions(name, priority, inboxSize, ready);
  }
}
