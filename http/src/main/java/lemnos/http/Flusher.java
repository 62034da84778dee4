package lemnos.http;

import java.util.ArrayDeque;
import lemnos.core.Core;

/** Sends, at the end of a worker's round, what its links have written in it. */
final class Flusher implements Runnable {
  private final Core core;

  /** Not empty while the loop has to run this. */
  private final ArrayDeque<Link> written = new ArrayDeque<>();

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

  void add(Link link) {
    if (written.isEmpty()) {
      core.lazy(this);
    }
    written.add(link);
  }

  @Override
  public void run() {
    try {
      for (Link link = written.poll(); link != null; link = written.poll()) {
        link.flushNow();
      }
    } finally {
      if (!written.isEmpty()) {
        core.lazy(this); // one has failed, which is nothing to the others
      }
    }
  }
}
