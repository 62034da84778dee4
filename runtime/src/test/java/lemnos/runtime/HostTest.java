package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the program runs (PARITY-heph 1, host id; row 35). */
final class HostTest {
  private static final String ID = "0123456789abcdef0123456789ABCDEF";

  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Host host(String os) {
    var properties = new Properties();
    properties.setProperty("os.name", os);
    properties.setProperty("os.version", "6.1");
    properties.setProperty("os.arch", "amd64");
    return Host.of(root, properties);
  }

  @Test
  void linuxTellsAll() throws IOException {
    write("proc/sys/kernel/version", "#1 SMP Debian\n");
    write("proc/sys/kernel/hostname", "lemnos\n");
    write("etc/machine-id", ID + "\n");
    assertEquals(
        new Host("GNU/Linux (Linux 6.1 #1 SMP Debian)", "amd64", "lemnos", ID), host("Linux"));
  }

  @Test
  void freeBsdHasAnIdToo() throws IOException {
    String id = "01234567-89ab-cdef-0123-456789abcdef";
    write("etc/hostid", id + "\n");
    assertEquals(new Host("FreeBSD (FreeBSD 6.1)", "amd64", "unknown", id), host("FreeBSD"));
  }

  @Test
  void whatIsMissingOrNoIdIsSaidToBeUnknown() throws IOException {
    assertEquals(new Host("Plan 9 (Plan 9 6.1)", "amd64", "unknown", null), host("Plan 9"));
    write("etc/machine-id", "uninitialized\n");
    write("proc/sys/kernel/hostname", "");
    assertEquals(new Host("GNU/Linux (Linux 6.1)", "amd64", "unknown", null), host("Linux"));
  }

  @Test
  void thisMachineIsSomething() {
    assertFalse(Host.current().os().isBlank());
    assertFalse(Host.current().name().isBlank());
  }
}
