package lemnos.lab;

import java.util.ArrayList;
import java.util.List;
import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;

/** The programs of {@link CallCost} with object actors. */
final class CallsOfActors implements CallCost.Player {
  private static final class Member {
    private @Nullable Actor<Member> next;
    private int left;
    private long sum;

    Member(Cx<Member> cx) {}

    void meet(Actor<Member> next) {
      this.next = next;
    }

    void serve(int rallies) {
      left = rallies;
    }

    void hit() {
      Actor<Member> to = next;
      if (to != null && --left > 0) {
        to.call(Member::hit);
      }
    }

    void greet() {
      Actor<Member> to = next;
      if (to != null) {
        to.call(Member::count);
      }
    }

    void count() {
      sum++;
    }

    long sum() {
      return sum;
    }
  }

  private final Loop loop = new Loop(0);
  private final List<Actor<Member>> pair = ring(2);
  private final List<Actor<Member>> ring = ring(CallCost.RING);
  private final Actor<Member> counter = member();
  private final List<Actor<Member>> crowd = new ArrayList<>();

  CallsOfActors() {
    for (int i = 0; i < CallCost.CROWD; i++) {
      Actor<Member> one = member();
      one.call(Member::meet, counter);
      crowd.add(one);
    }
    loop.run(0, false);
  }

  private Actor<Member> member() {
    return loop.actor(Member::new, Ret.nop()).actor();
  }

  private List<Actor<Member>> ring(int size) {
    var members = new ArrayList<Actor<Member>>();
    for (int i = 0; i < size; i++) {
      members.add(member());
    }
    for (int i = 0; i < size; i++) {
      members.get(i).call(Member::meet, members.get((i + 1) % size));
    }
    return members;
  }

  private void goRound(List<Actor<Member>> members) {
    for (Actor<Member> member : members) {
      member.call(Member::serve, CallCost.CALLS / members.size());
    }
    members.getFirst().call(Member::hit);
    loop.run(0, false);
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
        counter.call(Member::count);
      }
      loop.run(0, false);
    }
  }

  @Override
  public long counted() {
    Long sum = loop.query(counter, Member::sum);
    return sum == null ? 0 : sum;
  }

  @Override
  public void fanOut() {
    for (int round = 0; round < CallCost.CALLS / (2 * CallCost.CROWD); round++) {
      for (Actor<Member> one : crowd) {
        one.call(Member::greet);
      }
      loop.run(0, false);
    }
  }
}
