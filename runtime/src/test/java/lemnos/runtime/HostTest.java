package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** It is compared with what others read: so all of it, and nothing else. */
  @Test
  void anIdIsAllOfItsLineButBlanks() throws IOException {
    write("etc/machine-id", " " + ID + " \r\nmore\n");
    assertEquals(ID, host("Linux").id());
    for (String other : List.of(ID + "0", "0" + ID, ID.substring(1), ID.substring(1) + "g")) {
      write("etc/machine-id", other + "\n");
      assertNull(host("Linux").id(), other);
    }
    String id = "01234567-89ab-cdef-0123-456789abcdef";
    for (String other : List.of(id + "0", id.substring(1), id.replace('a', 'x'))) {
      write("etc/hostid", other + "\n");
      assertNull(host("FreeBSD").id(), other);
    }
    write("etc/hostid", id + "\n");
    write("etc/machine-id", ID + "\n");
    assertEquals(ID, host("FreeBSD").id(), "the one that Linux has counts first");
  }

  @Test
  void thisMachineIsSomething() throws IOException {
    Host here = Host.current();
    assertFalse(here.os().isBlank());
    assertEquals(System.getProperty("os.arch"), here.arch());
    Path name = Path.of("/proc/sys/kernel/hostname");
    assertEquals(Files.exists(name) ? Files.readString(name).strip() : "unknown", here.name());
  }
}
