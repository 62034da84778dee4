package lemnos.lab;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a call of an object actor costs in CPU time, which leaves out what the machine's neighbours
 * take: one program a process, so that none is compiled with another in mind. To be run by turns
 * with {@code bare}, a loop over a queue with nothing of an actor, as {@code CallCost lemnos
 * ping-pong}.
 */
public final class CallCost {
  private static final int ROUNDS = 1000;
  static final int CALLS = 200_000;
  static final int RING = 100;
  static final int CROWD = 1000;

  private CallCost() {}

  /** Who makes the calls. */
  interface Player {
    /** Two call each other in turn. */
    void pingPong();

    /** A hundred call each other in a ring. */
    void ring();

    /** One is called a thousand times, and then all these calls run. */
    void counting();

    /** One calls a thousand, and each of them calls another one. */
    void fanOut();

    /** How often the one that all call was called. */
    long counted();
  }

  public static void main(String[] args) {
    if (args.length != 2) {
      throw new IllegalArgumentException(
          "usage: CallCost lemnos|bare ping-pong|ring|counting|fan-out");
    }
    Player player =
        switch (args[0]) {
          case "lemnos" -> new CallsOfActors();
          case "bare" -> new CallsOfNobody();
          default -> throw new IllegalArgumentException(args[0] + " is neither lemnos nor bare");
        };
    Runnable program =
        switch (args[1]) {
          case "ping-pong" -> player::pingPong;
          case "ring" -> player::ring;
          case "counting" -> player::counting;
          case "fan-out" -> player::fanOut;
          default ->
              throw new IllegalArgumentException(
                  args[1] + " is none of ping-pong, ring, counting, fan-out");
        };
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    var nanos = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long began = threads.getCurrentThreadCpuTime();
      program.run();
      nanos[round] = (double) (threads.getCurrentThreadCpuTime() - began) / CALLS;
    }
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "%s %s: best %.2f, median %.2f ns a call; %d counted%n",
        args[0],
        args[1],
        nanos[0],
        nanos[ROUNDS / 2],
        player.counted());
  }
}
