import org.jspecify.annotations.NullMarked;

/** Many threads: workers, processes, supervision, references, signals, tracing. */
@NullMarked
module lemnos.runtime {
  requires transitive lemnos.core;
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires java.management;
  requires jdk.jfr;
  requires jdk.unsupported;

  exports lemnos.runtime;
}
