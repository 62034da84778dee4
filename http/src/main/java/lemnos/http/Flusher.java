package lemnos.http;

import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import lemnos.core.Core;

/** Sends, at the end of a worker's round, what its links have written in it. */
final class Flusher implements Runnable {
  private final Core core;

  /** What has written, and sends that at once. */
  interface Flushed {
    void flush();
  }

  private final ArrayDeque<Flushed> written = new ArrayDeque<>();

  /** Those of clients whose streams have written, to be sent at once. */
  private final LinkedHashSet<Channel> connections = new LinkedHashSet<>();

  private Flusher(Core core) {
    this.core = core;
  }

  /** The worker's one. */
  static Flusher of(Core core) {
    Flusher flusher = core.envOrNull(Flusher.class);
    if (flusher == null) {
      flusher = new Flusher(core);
      core.putEnv(Flusher.class, flusher);
    }
    return flusher;
  }

  /** {@code connection} has something to send. */
  void add(Flushed connection) {
    begin();
    written.add(connection);
  }

  /** A link has written to a stream of {@code connection}. */
  void addStreamOf(Channel connection) {
    begin();
    connections.add(connection);
  }

  private void begin() {
    if (isDone()) {
      core.lazy(this);
    }
  }

  private boolean isDone() {
    return written.isEmpty() && connections.isEmpty();
  }

  @Override
  public void run() {
    try {
      while (!written.isEmpty()) {
        written.removeFirst().flush();
      }
      while (!connections.isEmpty()) {
        connections.removeFirst().flush();
      }
    } finally {
      if (!isDone()) {
        core.lazy(this); // one has failed, which is nothing to the others
      }
    }
  }
}
