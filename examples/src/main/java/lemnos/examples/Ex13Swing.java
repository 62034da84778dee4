package lemnos.examples;

import java.awt.EventQueue;
import java.awt.GraphicsEnvironment;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import javax.swing.BoundedRangeModel;
import javax.swing.DefaultBoundedRangeModel;
import javax.swing.JFrame;
import javax.swing.JProgressBar;
import javax.swing.Timer;
import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.World;

/** A loop on Swing's event queue: its actors may touch the window, and nobody waits for anybody. */
public final class Ex13Swing {
  private Ex13Swing() {}

  /** All that a loop needs of Swing. */
  private static void callAfter(long delayNanos, Runnable turn) {
    if (delayNanos == 0) {
      EventQueue.invokeLater(turn);
    } else {
      int millis = Math.clamp(Math.ceilDiv(delayNanos, 1_000_000), 1, Integer.MAX_VALUE);
      var timer = new Timer(millis, _ -> turn.run());
      timer.setRepeats(false);
      timer.start();
    }
  }

  /** Fills a progress bar. */
  private record Download(Cx<Download> cx, BoundedRangeModel bar) {
    void start() {
      cx.every(Duration.ofMillis(20), cx.self(), Download::receive);
    }

    void receive() {
      bar.setValue(bar.getValue() + 25);
      if (bar.getValue() == bar.getMaximum()) {
        cx.stop();
      }
    }
  }

  private static void open(CountDownLatch closed) {
    var bar = new DefaultBoundedRangeModel();
    bar.addChangeListener(
        _ -> System.out.println(bar.getValue() + " %, " + EventQueue.isDispatchThread()));
    var loop = new Loop(World.real());
    Actor<Download> download = loop.actor(Download::new, bar, loop.retShutdown()).actor();
    Driver.runOn(
        Ex13Swing::callAfter,
        loop,
        _ -> {
          loop.close();
          closed.countDown();
        });
    EventQueue.invokeLater(() -> download.call(Download::start)); // as a button's listener would
    if (!GraphicsEnvironment.isHeadless()) {
      var frame = new JFrame("Download");
      frame.add(new JProgressBar(bar));
      frame.pack();
      frame.setVisible(true);
    }
  }

  /** Runs the example. */
  public static void main(String[] args) throws InterruptedException {
    var closed = new CountDownLatch(1);
    EventQueue.invokeLater(() -> open(closed));
    closed.await();
    System.out.println("Downloaded.");
  }
}
