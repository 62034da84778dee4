package lemnos.core;

import java.util.ArrayList;
import java.util.List;

/** What happened in a test, in order. */
final class Trace {
  private final List<String> lines = new ArrayList<>();

  void add(String line) {
    lines.add(line);
  }

  /** What happened since the last take. */
  List<String> take() {
    var taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  /** A Ret that notes its answer on the spot. */
  <M> Ret<M> ret(Core core, String name) {
    return core.ret(m -> add(name + " = " + m));
  }
}
