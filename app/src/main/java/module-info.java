import org.jspecify.annotations.NullMarked;

/** The {@code lemnos} command. */
@NullMarked
module lemnos.app {
  requires info.picocli;
  requires lemnos.examples;
  requires static org.jspecify;
  requires org.slf4j;

  opens lemnos.app to
      info.picocli;
}
