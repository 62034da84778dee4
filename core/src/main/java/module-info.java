import org.jspecify.annotations.NullMarked;

/** One thread: loop, actors, queues, timers, replies, sharing, wakers. */
@NullMarked
module lemnos.core {
  requires static transitive org.jspecify;
  requires static jdk.jfr;

  exports lemnos.core;
}
