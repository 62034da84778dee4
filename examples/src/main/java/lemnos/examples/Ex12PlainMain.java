package lemnos.examples;

import java.time.Duration;
import java.time.Instant;
import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.VirtualWorld;
import lemnos.core.World;

/** A loop under a plain main: a driver runs it and sleeps, or leaps, from timer to timer. */
public final class Ex12PlainMain {
  private Ex12PlainMain() {}

  /** Counts down once it is told to, and ends. */
  private static final class Rocket {
    private final Cx<Rocket> cx;
    private final Duration beat;
    private int count = 3;

    Rocket(Cx<Rocket> cx, Duration beat) {
      this.cx = cx;
      this.beat = beat;
    }

    void ignite() {
      System.out.println("T minus " + count);
      cx.every(beat, cx.self(), Rocket::tick);
    }

    void tick() {
      count--;
      System.out.println(count > 0 ? "T minus " + count : "Lift-off");
      if (count == 0) {
        cx.stop();
      }
    }
  }

  /** Real time: the thread of main sleeps whenever there is nothing to do. */
  private static void launch() {
    World world = World.real();
    try (var loop = new Loop(world)) {
      Duration beat = Duration.ofMillis(1);
      Actor<Rocket> rocket = loop.actor(Rocket::new, beat, loop.retShutdown()).actor();
      world.start("crew", true, () -> rocket.call(Rocket::ignite)); // any thread may call
      System.out.println(new Driver(loop).runUntilShutdown());
    }
  }

  /** Virtual time: the same rocket, and a countdown of hours takes none. */
  private static void rehearse() {
    var world = new VirtualWorld(Instant.parse("2026-11-01T06:00:00Z"));
    try (var loop = new Loop(world)) {
      Duration beat = Duration.ofHours(1);
      loop.actor(Rocket::new, beat, loop.retShutdown()).call(Rocket::ignite);
      System.out.println(new Driver(loop).runUntilShutdown() + " at " + loop.wallTime());
    }
  }

  /** Runs the example. */
  public static void main(String[] args) {
    launch();
    rehearse();
  }
}
