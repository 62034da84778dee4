package lemnos.core;

import java.util.ArrayList;
import java.util.List;

/** Timers each of which tells its number when it expires: the first is 0. */
final class Bells {
  final Timers timers;
  private final CallQueue queue = new CallQueue(new Loop(0));
  private final List<Integer> rung = new ArrayList<>();
  private int armed;

  Bells(long now) {
    timers = new Loop(now).timers;
  }

  /** Arms the next timer, of every three one with an object; returns its key. */
  long add(long at) {
    int number = armed++;
    Runnable ring = () -> rung.add(number);
    return number % 3 == 2
        ? timers.add(at, new Call(CallQueue.HOST, null, ring))
        : timers.add(at, CallQueue.HOST, null, ring, null, null);
  }

  boolean cancel(long key) {
    return timers.cancel(key);
  }

  /** The numbers of the timers that are due at {@code now}, in the order of their calls. */
  List<Integer> due(long now) {
    timers.expire(now, queue);
    queue.run(Integer.MAX_VALUE);
    List<Integer> numbers = List.copyOf(rung);
    rung.clear();
    return numbers;
  }
}
