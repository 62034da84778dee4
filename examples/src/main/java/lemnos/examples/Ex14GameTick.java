package lemnos.examples;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongConsumer;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;
import lemnos.core.StopCause;
import lemnos.core.VirtualWorld;
import lemnos.core.World;

/** A loop in a game, which has a main loop and a time of its own: fixed ticks, and it can pause. */
public final class Ex14GameTick {
  private static final Duration TICK = Duration.ofMillis(16);
  private static final int MAX_SPARE_CALLS = 2;

  private Ex14GameTick() {}

  /** Flies on at every tick, and plans its route when the game has time to spare. */
  private static final class Ship {
    private final Cx<Ship> cx;
    private int place;
    private int speed;
    private int plans;

    Ship(Cx<Ship> cx) {
      this.cx = cx;
      cx.every(TICK, cx.self(), Ship::fly);
      cx.idle(cx.self(), Ship::plan);
    }

    void steer(int newSpeed) {
      speed = newSpeed;
    }

    void fly() {
      place += speed;
      if (place > 6) {
        cx.shutdown(new StopCause.Stopped());
      }
    }

    void plan() {
      plans++;
      cx.idle(cx.self(), Ship::plan);
    }

    String picture() {
      return "ship at " + place + ", " + plans + " plans";
    }
  }

  /** The game's main loop, which is the loop's host: its thread owns the loop all the time. */
  private static void play(World world, LongConsumer rest) {
    long end = world.nanoTime();
    try (var loop = new Loop(0, world)) {
      ActorOwn<Ship> ship = loop.actor(Ship::new, Ret.nop());
      for (int frame = 1; loop.notShutdown(); frame++) {
        ship.call(Ship::steer, frame < 3 ? 1 : 2); // the player's input
        long time = loop.now() + (frame == 4 ? 0 : TICK.toNanos()); // frame 4 finds us paused
        boolean idle = loop.run(time, false); // all that is due by this tick, at the tick's time
        System.out.println("Frame " + frame + ": " + loop.query(ship, Ship::picture));
        end += TICK.toNanos();
        for (int i = 0; idle && i < MAX_SPARE_CALLS; i++) {
          idle = loop.run(time, true); // one idle call
        }
        rest.accept(end - world.nanoTime());
      }
    }
  }

  /** Runs the example. {@code play(World.real(), Poller.parking()::poll)} would play it for us. */
  public static void main(String[] args) {
    var world = new VirtualWorld(Instant.EPOCH);
    play(world, nanos -> world.pass(Duration.ofNanos(nanos)));
  }
}
