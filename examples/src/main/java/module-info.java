import org.jspecify.annotations.NullMarked;

/** Numbered examples, at most 80 lines each, each run by a test. */
@NullMarked
module lemnos.examples {
  requires lemnos.net;
  requires static transitive org.jspecify;
}
