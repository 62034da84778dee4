package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What belongs to the loop's thread refuses every other thread. */
final class ConfinementTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
  private final Ret<String> ret = trace.ret(loop, "r");
  private final List<Cx<Probe>> kept = new ArrayList<>();
  private final List<Children<Probe>> sets = new ArrayList<>();

  private Map<String, Executable> entries() {
    Actor<Probe> actor = probe.actor();
    var map = new LinkedHashMap<String, Executable>();
    map.put("now", loop::now);
    map.put("shutdown", () -> loop.shutdown(Cell.STOPPED));
    map.put("env", () -> loop.envOrNull(String.class));
    map.put("putEnv", () -> loop.putEnv(String.class, "x"));
    map.put("removeEnv", () -> loop.removeEnv(String.class));
    map.put("core ret", () -> loop.ret(answer -> {}));
    map.put("retShutdown", loop::retShutdown);
    map.put("actor", () -> loop.actor(Ret.nop()));
    map.put("lazy code", () -> loop.lazy(() -> {}));
    map.put("lazy", () -> loop.lazy(actor, Probe::stop));
    map.put("idle code", () -> loop.idle(() -> {}));
    map.put("idle", () -> loop.idle(actor, Probe::stop));
    map.put("after", () -> loop.after(Duration.ofSeconds(1), () -> {}));
    map.put("at", () -> loop.at(5, actor, Probe::stop));
    map.put("cancel", () -> loop.cancel(1));
    map.put("run", () -> loop.run(1, false));
    map.put("detach", loop::detach);
    map.put("attach", loop::attach);
    map.put("query", () -> loop.query(probe, Probe::name));
    map.put("kill", () -> loop.kill(probe, new ActorFailure("x")));
    map.put("actors", loop::actors);
    map.put("actorCount", loop::actorCount);
    map.put("load", loop::load);
    map.put("nextExpiry", loop::nextExpiry);
    map.put("notShutdown", loop::notShutdown);
    map.put("takeShutdown", loop::takeShutdown);
    map.put("onUncaught", () -> loop.onUncaught((where, t) -> {}));
    map.put("close", loop::close);
    map.put("ret", () -> actor.ret(Probe::heard));
    map.put("Ret.ret", () -> ret.ret("x"));
    map.put("Ret.close", ret::close);
    map.put("owned", probe::owned);
    map.put("ActorOwn.close", probe::close);
    Cx<Probe> cx = kept.getFirst();
    map.put("stop", cx::stop);
    map.put("fail", () -> cx.fail("x"));
    map.put("hold", () -> cx.hold(ret));
    map.put("name", () -> cx.name("x"));
    map.put("limit", () -> cx.limit(1));
    map.put("asked", () -> cx.asked(Probe::heard).fwd("x"));
    map.put("child", () -> cx.child(Probe::new, trace, "x", Ret.nop()));
    map.put("failOnEnd", () -> cx.failOnEnd("x"));
    map.put("retInit", () -> cx.retInit((c, a) -> null));
    Children<Probe> set = sets.getFirst();
    map.put("Children.new", () -> new Children<Probe>(cx));
    map.put("Children.size", set::size);
    map.put("Children.iterator", set::iterator);
    map.put("Children.add", () -> set.add(Probe::new, trace, "x"));
    map.put("Children.kill", () -> set.kill(actor, new ActorFailure("x")));
    map.put("Children.close", set::close);
    return map;
  }

  /** Runs every entry on another thread; returns those that did not refuse it. */
  private List<String> accepted() throws InterruptedException {
    var accepted = new ArrayList<String>();
    Map<String, Executable> entries = entries();
    Thread.ofPlatform()
        .start(
            () ->
                entries.forEach(
                    (name, entry) -> {
                      try {
                        var e = assertThrows(IllegalStateException.class, entry);
                        assertTrue(String.valueOf(e.getMessage()).contains("belongs to the loop"));
                      } catch (AssertionError e) {
                        accepted.add(name + ": " + e.getMessage());
                      }
                    }))
        .join();
    return accepted;
  }

  @Test
  void anotherThreadIsRefusedBetweenRuns() throws InterruptedException {
    Probe.in(
        probe,
        cx -> {
          kept.add(cx);
          sets.add(new Children<>(cx));
        });
    loop.run(1, false);
    assertEquals(List.of(), accepted());
    ret.ret("unharmed");
    assertEquals(List.of("r = unharmed"), trace.take());
  }

  @Test
  void anotherThreadIsRefusedWhileTheActorRuns() {
    Probe.in(
        probe,
        cx -> {
          kept.add(cx);
          sets.add(new Children<>(cx));
          try {
            assertEquals(List.of(), accepted());
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          trace.add("checked");
        });
    loop.run(1, false);
    ret.ret("unharmed");
    assertEquals(List.of("checked", "r = unharmed"), trace.take());
  }
}
