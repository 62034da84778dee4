import org.jspecify.annotations.NullMarked;

/** One thread: loop, actors, queues, timers, replies, sharing, wakers. */
@NullMarked
module lemnos.core {
  requires static transitive org.jspecify;

  exports lemnos.core;
}
