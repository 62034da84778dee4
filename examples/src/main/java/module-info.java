import org.jspecify.annotations.NullMarked;

/** Numbered examples, at most 80 lines each, each run by a test. */
@NullMarked
module lemnos.examples {
  requires transitive lemnos.http;
  requires java.desktop;
  requires org.slf4j;

  exports lemnos.examples;
  exports lemnos.examples.redis;

  requires static transitive org.jspecify;
}
