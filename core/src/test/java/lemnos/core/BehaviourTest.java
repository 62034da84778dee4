package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What can be called, beside methods of the actor's own class. PARITY-stakker.md M1, M3, A20. */
final class BehaviourTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  // Inline code

  @Test
  void inlineCodeTakesItsTurnAmongTheOtherCallsAndHasTheActor() {
    probe.call(Probe::say, "1");
    probe.call(p -> p.say("2, by " + p.name()));
    probe.call((p, x) -> p.say(x), "3");
    Probe.in(
        probe,
        cx -> {
          cx.self().call(p -> p.say("5"));
          trace.add("4");
        });
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("p 1", "p 2, by p", "p 3", "4", "p 5"), trace.take());
  }

  @Test
  void inlineCodeWaitsForItsActorAndIsDiscardedWithIt() {
    ActorOwn<Probe> unready = loop.actor(Ret.nop());
    unready.call(p -> p.say("inline"));
    run();
    assertEquals(List.of(), trace.take());
    unready.init(Probe::new, trace, "u");
    run();
    assertEquals(List.of("u inline"), trace.take());
    unready.call(Probe::stop);
    unready.call(p -> p.say("never"));
    run();
    assertEquals(List.of("u closed"), trace.take());
  }

  @Test
  void inlineCodeOnEveryQueueHasTheActor() {
    Actor<Probe> actor = probe.actor();
    loop.lazy(actor, p -> p.say("lazy"));
    loop.idle(actor, p -> p.say("idle"));
    loop.after(Duration.ofNanos(1), actor, p -> p.say("timer"));
    Fwd<String> fwd = actor.fwd((p, message) -> p.say(message + " by fwd"));
    Ret<String> ret = actor.ret((p, answer) -> p.say(answer + " by ret"));
    run();
    fwd.fwd("one");
    ret.ret("two");
    loop.run(loop.now() + 1, true);
    assertEquals(
        List.of("p timer", "p lazy", "p idle", "p one by fwd", "p two by ret"), trace.take());
  }

  private int turn;

  private String next() {
    turn++;
    return "turn " + turn;
  }

  @Test
  void argumentsAreEvaluatedWhenTheCallIsMade() {
    probe.call(Probe::say, next());
    loop.lazy(probe.actor(), Probe::say, next());
    loop.at(1, probe.actor(), Probe::say, next());
    probe.call(p -> p.say("inline: " + next()));
    turn = 10;
    run();
    assertEquals(List.of("p turn 1", "p inline: turn 11", "p turn 3", "p turn 2"), trace.take());
  }

  // Actors behind an interface

  private interface Animal {
    void sound(String occasion);

    String name();
  }

  private record Cat(Cx<? extends Animal> cx, Trace trace) implements Animal {
    @Override
    public void sound(String occasion) {
      trace.add("miaow " + occasion + " from " + cx.self().id());
    }

    @Override
    public String name() {
      return "cat";
    }

    void purr() {
      trace.add("purr");
    }
  }

  private record Dog(Cx<? extends Animal> cx, Trace trace) implements Animal {
    @Override
    public void sound(String occasion) {
      trace.add("woof " + occasion + " from " + cx.self().id());
    }

    @Override
    public String name() {
      return "dog";
    }
  }

  @Test
  void actorsOfDifferentClassesAreCalledThroughTheirInterface() {
    ActorOwn<Cat> cat = loop.actor(Cat::new, trace, Ret.nop());
    ActorOwn<Dog> dog = loop.actor(Dog::new, trace, Ret.nop());
    List<Actor<? extends Animal>> animals = List.of(cat.actor(), dog.actor());
    for (Actor<? extends Animal> animal : animals) {
      animal.call(Animal::sound, "called");
      animal.ask(Animal::name, trace.ret(loop, "name"));
      Fwd<String> fwd = animal.fwd(Animal::sound);
      fwd.fwd("forwarded");
    }
    cat.call(Cat::purr);
    run();
    assertEquals(
        List.of(
            "miaow called from 2",
            "name = cat",
            "miaow forwarded from 2",
            "woof called from 3",
            "name = dog",
            "woof forwarded from 3",
            "purr"),
        trace.take());
    assertEquals("cat", loop.query(cat, Animal::name));
  }

  @Test
  void anActorMayBeKnownByItsInterfaceOnly() {
    ActorOwn<Animal> own = loop.actor(BehaviourTest::rescued, trace, "dog", Ret.nop());
    own.call(Animal::sound, "at home");
    run();
    assertEquals(List.of("woof at home from 2"), trace.take());
    assertEquals("Dog#2", own.actor().name());
  }

  private static @Nullable Animal rescued(Cx<Animal> cx, Trace trace, String kind) {
    return kind.equals("cat") ? new Cat(cx, trace) : new Dog(cx, trace);
  }
}
