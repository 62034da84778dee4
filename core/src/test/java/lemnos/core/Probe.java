package lemnos.core;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An actor for tests: notes what happens to it, and does what it is told. */
final class Probe implements AutoCloseable {
  private final Cx<Probe> cx;
  private final Trace trace;
  private final String name;

  Probe(Cx<Probe> cx, Trace trace, String name) {
    this.cx = cx;
    this.trace = trace;
    this.name = name;
  }

  /** An owner of a new probe that notes its end. */
  static ActorOwn<Probe> start(Core core, Trace trace, String name) {
    return core.actor(Probe::new, trace, name, trace.ret(core, name + " ended"));
  }

  /** An init function that is never done. */
  static @Nullable Probe never(Cx<Probe> cx, Trace trace, String name) {
    return null;
  }

  /** Runs {@code body} as a behaviour of {@code probe}. */
  static void in(Recipient<Probe> probe, Consumer<Cx<Probe>> body) {
    probe.call(Probe::run, body);
  }

  void run(Consumer<Cx<Probe>> body) {
    body.accept(cx);
  }

  void say(String what) {
    trace.add(name + " " + what);
  }

  /** Greets {@code peer}; returns this. */
  Probe tell(Recipient<Probe> peer) {
    peer.call(Probe::say, "hello");
    return this;
  }

  String name() {
    return name;
  }

  @Nullable String nothing() {
    return null;
  }

  void stop() {
    cx.stop();
  }

  void fail(String message) {
    cx.fail(message);
  }

  void boom(String message) throws IOException {
    throw new IOException(message);
  }

  void forget(Ret<String> ret) {}

  void answer(Ret<String> ret) {
    ret.ret(name);
  }

  void hold(Handle handle) {
    cx.hold(handle);
  }

  void heard(@Nullable String answer) {
    trace.add(name + " heard " + answer);
  }

  @Override
  public void close() {
    trace.add(name + " closed");
  }
}
