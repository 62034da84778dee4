package lemnos.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a loop should do, said as plainly as can be: lists of items, and no thought of speed. */
final class NaiveMachine extends Machine {
  private enum Kind {
    HOST,
    CALL,
    ASK,
    HEARD,
    INIT,
    END
  }

  /**
   * A call.
   *
   * @param ret which Ret it owns; of HEARD, which was answered
   * @param script what to do; of HEARD, the answer; of END, the cause
   */
  private record Item(Kind kind, int target, int ret, long script) {
    boolean ownsRet() {
      return ret != NOBODY && kind != Kind.HEARD;
    }
  }

  private enum Mode {
    PREP,
    READY,
    ZOMBIE
  }

  private static final class Person {
    Mode mode = Mode.PREP;
    int owners = 1;
    boolean hostOwnsIt;
    @Nullable Cause ending;
    final List<Item> waiting = new ArrayList<>();

    /** Numbers of Rets, and for owners of actors the complements of the actors' numbers. */
    final List<Integer> held = new ArrayList<>();
  }

  /** When a timer expires, and which arming it was. */
  private record Time(long at, long number) implements Comparable<Time> {
    @Override
    public int compareTo(Time other) {
      return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
    }
  }

  private final List<Person> people = new ArrayList<>();

  /** Who hears the answer of each Ret. */
  private final List<Integer> listeners = new ArrayList<>();

  private final ArrayDeque<Item> main = new ArrayDeque<>();
  private final ArrayDeque<Item> lazy = new ArrayDeque<>();
  private final ArrayDeque<Item> idle = new ArrayDeque<>();
  private final TreeMap<Time, Item> timers = new TreeMap<>();
  private long armed;
  private long now;
  private int lazyBatch;
  private long calls;
  private long discarded;
  private boolean closed;

  /** What the behaviour that runs owns, like {@link Person#held}; null while none runs. */
  private @Nullable List<Integer> frame;

  @Override
  long now() {
    return now;
  }

  // What scripts do

  @Override
  void callHost(Queue queue, long delay, long script) {
    put(queue, delay, new Item(Kind.HOST, NOBODY, NOBODY, script));
  }

  @Override
  void call(Queue queue, int actor, int ret, long delay, long script) {
    leaveFrame(ret);
    put(queue, delay, new Item(Kind.CALL, actor, ret, script));
  }

  private void put(Queue queue, long delay, Item item) {
    switch (queue) {
      case MAIN -> main.add(item);
      case LAZY -> lazy.add(item);
      case IDLE -> idle.add(item);
      case TIMER -> {
        timers.put(new Time(Math.max(now + delay, now + 1), armed), item);
        armed++;
      }
    }
  }

  private void enterFrame(int handle) {
    if (frame != null) {
      frame.add(handle);
    }
  }

  private void leaveFrame(int handle) {
    if (frame != null) {
      frame.remove((Integer) handle);
    }
  }

  @Override
  void ask(int actor, int to, long script) {
    int ret = makeRet(to);
    leaveFrame(ret);
    main.add(new Item(Kind.ASK, actor, ret, script));
  }

  @Override
  int makeRet(int to) {
    listeners.add(to);
    enterFrame(rets);
    return rets++;
  }

  @Override
  void answer(int ret, long message) {
    leaveFrame(ret);
    deliver(ret, message);
  }

  private void deliver(int ret, long message) {
    int to = listeners.get(ret);
    if (message == 0 && someOnly(ret)) {
      return;
    }
    if (to == NOBODY) {
      note("told", ret, message);
    } else {
      queue(new Item(Kind.HEARD, to, ret, message));
    }
  }

  private void queue(Item item) {
    if (!closed) {
      main.add(item);
    }
  }

  @Override
  void hold(int self, int ret) {
    leaveFrame(ret);
    people.get(self).held.add(ret);
  }

  @Override
  int create(int parent, boolean held, long script) {
    int actor = actors++;
    var person = new Person();
    people.add(person);
    if (parent == NOBODY) {
      person.hostOwnsIt = true;
    } else if (held) {
      people.get(parent).held.add(~actor);
    } else {
      enterFrame(~actor);
    }
    init(actor, script);
    return actor;
  }

  @Override
  void init(int actor, long script) {
    main.add(new Item(Kind.INIT, actor, NOBODY, script));
  }

  @Override
  void end(int self, Cause cause) {
    Person person = people.get(self);
    if (person.ending == null) {
      person.ending = cause;
    }
  }

  @Override
  void kill(int actor) {
    if (people.get(actor).hostOwnsIt) {
      main.add(new Item(Kind.END, actor, NOBODY, Cause.KILLED.ordinal()));
    }
  }

  @Override
  void drop(int actor) {
    if (people.get(actor).hostOwnsIt) {
      people.get(actor).hostOwnsIt = false;
      release(actor);
    }
  }

  private void release(int actor) {
    Person person = people.get(actor);
    person.owners--;
    if (person.owners == 0 && person.mode != Mode.ZOMBIE) {
      queue(new Item(Kind.END, actor, NOBODY, Cause.DROPPED.ordinal()));
    }
  }

  /** Lets go of a Ret or of an owner. */
  private void discard(int handle) {
    if (handle < 0) {
      release(~handle);
    } else {
      deliver(handle, 0);
    }
  }

  // Running

  @Override
  boolean run(long time, boolean withIdle, int budget) {
    int left = budget;
    if (withIdle && left > 0 && !idle.isEmpty()) {
      execute(idle.remove());
      left--;
    }
    if (time > now) {
      now = time;
      while (!timers.isEmpty() && timers.firstKey().at() <= now) {
        main.add(timers.pollFirstEntry().getValue());
      }
    }
    for (; left > 0; left--) {
      if (lazyBatch == 0 && main.isEmpty()) {
        lazyBatch = lazy.size();
      }
      if (lazyBatch > 0) {
        lazyBatch--;
        execute(lazy.remove());
      } else if (!main.isEmpty()) {
        execute(main.remove());
      } else {
        break;
      }
    }
    return !idle.isEmpty();
  }

  private void execute(Item item) {
    calls++;
    switch (item.kind) {
      case HOST -> perform(NOBODY, NOBODY, item.script);
      case INIT -> make(item);
      case END -> {
        if (people.get(item.target).mode != Mode.ZOMBIE) {
          end(item.target, Cause.values()[(int) item.script]);
          leave(item.target);
        }
      }
      default -> {
        switch (people.get(item.target).mode) {
          case PREP -> people.get(item.target).waiting.add(item);
          case READY -> behave(item);
          case ZOMBIE -> discard(item);
        }
      }
    }
  }

  private void discard(Item item) {
    discarded++;
    if (item.ownsRet()) {
      deliver(item.ret, 0);
    }
  }

  private void behave(Item item) {
    frame = new ArrayList<>();
    if (item.ownsRet()) {
      frame.add(item.ret);
    }
    if (item.kind == Kind.HEARD) {
      note("heard " + item.ret, item.target, item.script);
    } else {
      perform(item.target, item.kind == Kind.CALL ? item.ret : NOBODY, item.script);
      if (throwsAfter(item.script)) {
        end(item.target, Cause.FAILED);
      } else if (item.kind == Kind.ASK) {
        answer(item.ret, answerOf(item.script));
      }
    }
    leave(item.target);
  }

  private void make(Item item) {
    Person person = people.get(item.target);
    if (person.mode != Mode.PREP) {
      discard(item);
      return;
    }
    frame = new ArrayList<>();
    perform(item.target, NOBODY, item.script);
    var waited = new ArrayList<Item>();
    if (throwsAfter(item.script)) {
      end(item.target, Cause.FAILED);
    } else if (!leavesUnready(item.script) && person.ending == null) {
      person.mode = Mode.READY;
      waited.addAll(person.waiting);
      person.waiting.clear();
    } else if (!leavesUnready(item.script)) {
      note("closes", item.target, 0);
    }
    leave(item.target);
    waited.forEach(this::execute);
  }

  /** A behaviour of this actor is over. */
  private void leave(int actor) {
    List<Integer> forgotten = frame == null ? List.of() : frame;
    frame = null;
    forgotten.forEach(this::discard);
    Person person = people.get(actor);
    if (person.ending != null && person.mode != Mode.ZOMBIE) {
      terminate(actor, person, person.ending);
    }
  }

  private void terminate(int actor, Person person, Cause cause) {
    if (person.mode == Mode.READY) {
      note("closes", actor, 0);
    }
    person.mode = Mode.ZOMBIE;
    person.waiting.forEach(this::discard);
    person.held.forEach(this::discard);
    note("ended", actor, cause.ordinal());
  }

  // What the host asks and does

  @Override
  long nextExpiry() {
    return timers.isEmpty() ? Long.MAX_VALUE : timers.firstKey().at();
  }

  @Override
  Load load() {
    int living = (int) people.stream().filter(p -> p.mode != Mode.ZOMBIE).count();
    int preparing = (int) people.stream().filter(p -> p.mode == Mode.PREP).count();
    return new Load(
        main.size(),
        lazy.size(),
        idle.size(),
        timers.size(),
        living,
        preparing,
        calls,
        0,
        discarded);
  }

  @Override
  void close() {
    closed = true;
    for (var queue : List.of(main, lazy, idle)) {
      for (Item item : queue) {
        if (item.ownsRet()) {
          deliver(item.ret, 0);
        }
      }
    }
    for (Map.Entry<Time, Item> timer : timers.entrySet()) {
      throw new IllegalStateException("in what order are timers discarded? " + timer);
    }
    for (int actor = 0; actor < actors; actor++) {
      if (people.get(actor).mode != Mode.ZOMBIE) {
        end(actor, Cause.DROPPED);
        leave(actor);
      }
    }
  }
}
