package lemnos.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A world that starts its threads when, or where, the test says so. */
final class HeldThreads implements World {
  final List<Thread> held = new ArrayList<>();
  final List<String> started = new ArrayList<>();

  @Override
  public long nanoTime() {
    return 0;
  }

  @Override
  public Instant wallTime() {
    return Instant.EPOCH;
  }

  @Override
  public Thread start(String name, boolean virtual, Runnable body) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("no thread to be had");
    }
    var builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
    Thread thread = builder.name(name).unstarted(body);
    held.add(thread);
    started.add(name + (virtual ? " virtual" : " platform"));
    return thread;
  }

  void run() {
    held.removeFirst().start();
  }

  /** Runs the next thread from begin to end. */
  void runToEnd() throws InterruptedException {
    Thread thread = held.removeFirst();
    thread.start();
    thread.join();
  }
}
