package lemnos.lab;

import org.jspecify.annotations.Nullable;

/**
 * The programs of {@link CallCost} with a queue of objects and what is to be done with them: no
 * owner, no end, no failure, no arguments, no growth.
 */
final class CallsOfNobody implements CallCost.Player {
  private interface Deed {
    void of(Member member);
  }

  private static final class Queue {
    private static final int PLACES = 1 << 13;

    private final @Nullable Object[] places = new @Nullable Object[PLACES];
    private int head;
    private int tail;

    void push(Member member, Deed deed) {
      int at = tail;
      places[at] = member;
      places[at + 1] = deed;
      tail = (at + 2) & (PLACES - 1);
    }

    @SuppressWarnings("NullAway") // between head and tail there is no null
    void run() {
      while (head != tail) {
        int at = head;
        var member = (Member) places[at];
        var deed = (Deed) places[at + 1];
        places[at] = null;
        places[at + 1] = null;
        head = (at + 2) & (PLACES - 1);
        deed.of(member);
      }
    }
  }

  private static final class Member {
    private final Queue queue;
    private Member next = this;
    private int left;
    private long sum;

    Member(Queue queue) {
      this.queue = queue;
    }

    void hit() {
      if (--left > 0) {
        next.queue.push(next, Member::hit);
      }
    }

    void greet() {
      next.queue.push(next, Member::count);
    }

    void count() {
      sum++;
    }
  }

  private final Queue queue = new Queue();
  private final Member[] pair = ring(2);
  private final Member[] ring = ring(CallCost.RING);
  private final Member[] crowd = ring(CallCost.CROWD);
  private final Member counter = new Member(queue);

  CallsOfNobody() {
    for (Member one : crowd) {
      one.next = counter;
    }
  }

  private Member[] ring(int size) {
    var members = new Member[size];
    for (int i = 0; i < size; i++) {
      members[i] = new Member(queue);
    }
    for (int i = 0; i < size; i++) {
      members[i].next = members[(i + 1) % size];
    }
    return members;
  }

  private void goRound(Member[] members) {
    for (Member member : members) {
      member.left = CallCost.CALLS / members.length;
    }
    queue.push(members[0], Member::hit);
    queue.run();
  }

  @Override
  public void pingPong() {
    goRound(pair);
  }

  @Override
  public void ring() {
    goRound(ring);
  }

  @Override
  public void counting() {
    for (int batch = 0; batch < CallCost.CALLS / 1000; batch++) {
      for (int i = 0; i < 1000; i++) {
        queue.push(counter, Member::count);
      }
      queue.run();
    }
  }

  @Override
  public long counted() {
    return counter.sum;
  }

  @Override
  public void fanOut() {
    for (int round = 0; round < CallCost.CALLS / (2 * CallCost.CROWD); round++) {
      for (Member one : crowd) {
        queue.push(one, Member::greet);
      }
      queue.run();
    }
  }
}
