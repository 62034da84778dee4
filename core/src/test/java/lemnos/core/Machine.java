package lemnos.core;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A loop with actors, as far as {@link LoopModelTest} needs one: {@link RealMachine} has a {@link
 * Loop}, {@link NaiveMachine} says in plain lists what that should do. Both do what random scripts
 * say, and note what happens.
 *
 * <p>Actors, and the Rets that scripts make, go by their numbers. A script is the seed of random
 * steps; each call that it makes has a script of its own, less deep, until the lowest ones do
 * nothing.
 */
abstract sealed class Machine permits RealMachine, NaiveMachine {
  static final int NOBODY = -1;
  private static final int DEPTH_BITS = 4;

  /** Scripts have to do with so many actors, the youngest ones: the others have mostly ended. */
  private static final int RECENT = 16;

  enum Queue {
    MAIN,
    LAZY,
    IDLE,
    TIMER
  }

  enum Cause {
    STOPPED,
    FAILED,
    KILLED,
    DROPPED
  }

  /** What happened, in order. */
  final List<String> events = new ArrayList<>();

  long steps;
  int actors;
  int rets;

  void note(String what, int actor, long detail) {
    events.add(what + " " + actor + " " + detail);
  }

  // What scripts do

  abstract long now();

  abstract void callHost(Queue queue, long delay, long script);

  /** Calls an actor, with a Ret or {@link #NOBODY}. */
  abstract void call(Queue queue, int actor, int ret, long delay, long script);

  /** Asks an actor; its answer goes to a new Ret for {@code to}. */
  abstract void ask(int actor, int to, long script);

  /** Makes a Ret whose answer {@code to} hears, or that notes it on the spot. */
  abstract int makeRet(int to);

  abstract void answer(int ret, long message);

  abstract void hold(int self, int ret);

  /** Makes an actor: the host's, or held by {@code parent}, or forgotten by it. */
  abstract int create(int parent, boolean held, long script);

  abstract void init(int actor, long script);

  abstract void end(int self, Cause cause);

  abstract void kill(int actor);

  abstract void drop(int actor);

  // What the host does

  abstract boolean run(long now, boolean idle, int budget);

  abstract long nextExpiry();

  abstract Load load();

  abstract void close();

  // Scripts

  /** The Rets that a script has to do with: each is used once, or forgotten. */
  private static final class Hand {
    private final List<Integer> rets = new ArrayList<>();

    void take(int ret) {
      if (ret != NOBODY) {
        rets.add(ret);
      }
    }

    int give(SplittableRandom random) {
      return rets.isEmpty() ? NOBODY : rets.remove(random.nextInt(rets.size()));
    }
  }

  static long script(SplittableRandom random, long depth) {
    return random.nextLong() << DEPTH_BITS | depth;
  }

  private static long depth(long script) {
    return script & ((1 << DEPTH_BITS) - 1);
  }

  /** A number below {@code n} that belongs to the script; another one for another {@code topic}. */
  static int choice(long script, int topic, int n) {
    return (int) ((script >>> (8 * topic + 8)) & 0xff) % n;
  }

  /** Whether a behaviour, query or init function throws when its script is done. */
  static boolean throwsAfter(long script) {
    return choice(script, 0, 16) == 0;
  }

  /** What a query answers: 0 for nothing. */
  static long answerOf(long script) {
    return choice(script, 1, 5) == 0 ? 0 : script;
  }

  /** Whether an init function leaves its actor without state. */
  static boolean leavesUnready(long script) {
    return choice(script, 1, 3) == 0;
  }

  /** Whether whoever made a Ret wants to hear of an answer only. */
  static boolean someOnly(int ret) {
    return ret % 3 == 0;
  }

  /** Does a script, as an actor or the host; {@code ret} came with the call. */
  void perform(int self, int ret, long script) {
    note("does", self, script);
    var random = new SplittableRandom(script);
    var hand = new Hand();
    hand.take(ret);
    long depth = depth(script);
    int n = depth == 0 ? random.nextInt(2) : random.nextInt(4);
    for (int i = 0; i < n; i++) {
      steps++;
      step(self, hand, random, depth);
    }
    if (self == NOBODY) { // the loop would keep them until its end
      for (int left = hand.give(random); left != NOBODY; left = hand.give(random)) {
        answer(left, script);
      }
    }
  }

  private int someone(SplittableRandom random) {
    return actors == 0 ? NOBODY : actors - 1 - random.nextInt(Math.min(actors, RECENT));
  }

  private int listener(SplittableRandom random) {
    return random.nextInt(4) == 0 ? NOBODY : someone(random);
  }

  private void step(int self, Hand hand, SplittableRandom random, long depth) {
    int someone = someone(random);
    long next = script(random, depth - 1);
    if (depth > 0 && random.nextInt(3) > 0) {
      spread(self, someone, hand, random, next);
      return;
    }
    switch (random.nextInt(12)) {
      case 0, 1 -> hand.take(makeRet(listener(random)));
      case 2, 3 -> {
        int ret = hand.give(random);
        if (ret != NOBODY) {
          answer(ret, next);
        }
      }
      case 4, 5 -> {
        int ret = self == NOBODY ? NOBODY : hand.give(random);
        if (ret != NOBODY) {
          hold(self, ret);
        }
      }
      case 6 -> {
        if (self != NOBODY) {
          end(self, random.nextInt(3) == 0 ? Cause.FAILED : Cause.STOPPED);
        }
      }
      case 7 -> {
        if (someone != NOBODY) {
          kill(someone);
        }
      }
      case 8 -> {
        if (someone != NOBODY) {
          drop(someone);
        }
      }
      default -> {}
    }
  }

  /** A step that makes a call. */
  private void spread(int self, int someone, Hand hand, SplittableRandom random, long next) {
    Queue queue = Queue.values()[random.nextInt(Queue.values().length)];
    long delay = random.nextInt(20);
    int kind = random.nextInt(10);
    if (kind == 0 || someone == NOBODY) {
      if (kind < 5) {
        callHost(queue, delay, next);
      } else {
        create(self, random.nextInt(3) > 0, next);
      }
    } else if (kind == 1) {
      create(self, random.nextInt(3) > 0, next);
    } else if (kind == 2) {
      init(someone, next);
    } else if (kind == 3) {
      ask(someone, listener(random), next);
    } else {
      call(queue, someone, hand.give(random), delay, next);
    }
  }
}
