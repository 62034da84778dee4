package lemnos.house;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A module uses only what stands below it, and keeps its classes in one flat package. */
class FloorsTest {
  private static final String REMEDY =
      "ARCHITECTURE.md names the floors: move the class down, or hand it what it needs as an"
          + " interface of its own floor";

  private static final DescribedPredicate<JavaClass> PRIMITIVES =
      describe("primitives", type -> type.getBaseComponentType().isPrimitive());

  private static final String[] CORE = {"lemnos.core", "java..", "jdk.jfr", "org.jspecify.."};
  private static final String[] RUNTIME =
      with(CORE, "lemnos.runtime", "jdk.internal.vm", "sun.misc", "org.slf4j..");
  private static final String[] NET = with(RUNTIME, "lemnos.net", "javax.net..", "io.netty..");
  private static final String[] HTTP = with(NET, "lemnos.http");

  @Test
  void coreUsesOnlyTheJdk() {
    check("core", CORE);
  }

  @Test
  void runtimeStandsOnCore() {
    check("runtime", RUNTIME);
  }

  @Test
  void netStandsOnRuntime() {
    check("net", NET);
  }

  @Test
  void httpStandsOnNet() {
    check("http", HTTP);
  }

  @Test
  void examplesStandOnHttp() {
    check("examples", with(HTTP, "lemnos.examples..", "javax.swing.."));
  }

  @Test
  void appStandsOnExamplesAndHttp() {
    check("app", with(HTTP, "lemnos.examples..", "lemnos.app..", "picocli.."));
  }

  @Test
  void upwardUseIsCaught() {
    JavaClasses house = new ClassFileImporter().importClasses(FloorsTest.class);
    assertThatThrownBy(() -> check(house, CORE)).hasMessageContaining("FloorsTest");
  }

  @Test
  void eachLibraryHasOneFlatPackage() {
    List<String> faults = new ArrayList<>();
    for (String module : Repository.LIBRARIES) {
      for (JavaClass type : classesOf(module)) {
        if (!type.getPackageName().equals("lemnos." + module) && !isDescriptor(type)) {
          faults.add(type.getName() + ": move it to package lemnos." + module);
        }
      }
    }
    assertThat(faults).as("classes outside the one package of their module").isEmpty();
  }

  private static void check(String module, String... allowed) {
    check(classesOf(module), allowed);
  }

  private static void check(JavaClasses classes, String... allowed) {
    classes()
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(allowed).or(PRIMITIVES))
        .allowEmptyShould(true)
        .because(REMEDY)
        .check(classes);
  }

  private static JavaClasses classesOf(String module) {
    return new ClassFileImporter().importPath(Repository.mainClasses(module));
  }

  private static boolean isDescriptor(JavaClass type) {
    return type.getName().endsWith("module-info");
  }

  private static String[] with(String[] packages, String... more) {
    List<String> all = new ArrayList<>(List.of(packages));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
