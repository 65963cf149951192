// SPDX-License-Identifier: MIT
#include "envkeep/store/find.hpp"

#include "captured.hpp"
#include "store_test.hpp"

namespace envkeep::store {
namespace {

using ::testing::HasSubstr;

class FindHome : public StoreTest {
  protected:
    Result<std::string> found(const std::optional<std::string>& given = std::nullopt) {
        return find_home(given, captured.machine(), files);
    }

    void passwd_says(const std::string& home) {
        captured.tree.file(
            "etc/passwd",
            "root:x:" + std::to_string(machine.effective_uid()) + ":0::" + home + ":/bin/bash\n");
    }

    Captured captured;
};

TEST_F(FindHome, TakesTheOneThatIsGiven) {
    captured.variable("HOME", "/nowhere");

    EXPECT_EQ(found(tree / "home").value(), tree / "home");
    EXPECT_EQ(found(tree / "home//").value(), tree / "home");
}

TEST_F(FindHome, RefusesAGivenOneThatIsNone) {
    tree.file("file");

    for (const std::string& given : {tree / "nowhere", tree / "file", std::string("home")}) {
        const auto home = found(given);
        ASSERT_FALSE(home.has_value()) << given;
        EXPECT_EQ(home.error().kind, ErrorKind::usage);
        EXPECT_THAT(home.error().hint, HasSubstr("--home"));
    }
}

TEST_F(FindHome, TakesHomeIfItIsOurs) {
    captured.variable("HOME", tree / "home").variable("USER", "fastai");
    passwd_says("/");

    EXPECT_EQ(found().value(), tree / "home");
}

TEST_F(FindHome, TakesThePasswdEntryWhereHomeIsNotOurs) {
    tree.folder("other").owner("other", machine.effective_uid() + 1, 0);
    passwd_says(tree / "home");
    for (const std::string& variable :
         {tree / "other", tree / "nowhere", std::string("home"), std::string()}) {
        Captured with_variable;
        with_variable.variable("HOME", variable);
        with_variable.tree.file("etc/passwd", captured.tree.content("etc/passwd"));

        EXPECT_EQ(find_home(std::nullopt, with_variable.machine(), files).value(), tree / "home");
    }
}

TEST_F(FindHome, SaysWhatItTriedWhereThereIsNone) {
    captured.variable("HOME", "/nowhere/at/all");
    passwd_says("/nonexistent");

    const auto home = found();

    ASSERT_FALSE(home.has_value());
    EXPECT_EQ(home.error().kind, ErrorKind::usage);
    EXPECT_THAT(home.error().message, HasSubstr("HOME '/nowhere/at/all' does not exist"));
    EXPECT_THAT(home.error().message, HasSubstr("'/nonexistent' of /etc/passwd does not exist"));
    EXPECT_THAT(home.error().hint, HasSubstr("--home"));
}

class ChooseStore : public StoreTest {
  protected:
    Result<StoreChoice> chosen(const std::optional<std::string>& given = std::nullopt,
                               const std::optional<std::string>& binary = std::nullopt) {
        return choose_store(given, binary, captured.machine(), files);
    }

    Captured captured;
};

TEST_F(ChooseStore, TakesTheOptionBeforeAllElse) {
    captured.variable("ENVKEEP_STORE", "/elsewhere");

    const StoreChoice choice = chosen("/mnt/keep/").value();

    EXPECT_EQ(choice.base, "/mnt/keep");
    EXPECT_EQ(choice.because, "--store");
    EXPECT_FALSE(choice.must_be_mounted);
}

TEST_F(ChooseStore, TakesDotsOutOfIt) {
    tree.folder("a/b").link("link", tree / "a/b");

    EXPECT_EQ(chosen("/mnt/./keep/.").value().base, "/mnt/keep");
    EXPECT_EQ(chosen("/mnt//keep").value().base, "/mnt/keep");
    EXPECT_EQ(chosen(tree / "a/b/../c").value().base, tree / "a/c");
    EXPECT_EQ(chosen(tree / "link/../c").value().base, tree / "a/c");
    EXPECT_EQ(chosen("/no/such/../keep").value().base, "/no/keep");
    EXPECT_EQ(chosen(tree / "a/..").value().base, tree.path());
    EXPECT_EQ(chosen("/.").value().base, chosen("/").value().base);
}

TEST_F(ChooseStore, TakesTheVariableNext) {
    captured.variable("ENVKEEP_STORE", "/mnt/keep").variable("PAPERSPACE_FQDN", "x");

    EXPECT_EQ(chosen().value().base, "/mnt/keep");
    EXPECT_EQ(chosen().value().because, "ENVKEEP_STORE");
}

TEST_F(ChooseStore, TakesNoRelativeFolder) {
    EXPECT_EQ(chosen("storage").error().kind, ErrorKind::usage);
}

TEST_F(ChooseStore, TakesTheFolderAboveTheBinaryIfAStoreIsThere) {
    captured.variable("PAPERSPACE_FQDN", "x");
    const std::string binary = tree / "storage/envkeep/bin/envkeep";
    EXPECT_EQ(chosen(std::nullopt, binary).value().base, "/storage");
    tree.file("storage/envkeep/store.json", "{}");

    EXPECT_EQ(chosen(std::nullopt, binary).value().base, tree / "storage");
    EXPECT_EQ(chosen(std::nullopt, "/envkeep/bin/envkeep").value().base, "/storage");
    EXPECT_EQ(chosen(std::nullopt, tree / "storage/envkeep/envkeep").value().base, "/storage");
}

TEST_F(ChooseStore, TakesThePlatformsFolderOnlyWhereItIsMounted) {
    captured.variable("PAPERSPACE_NOTEBOOK_ID", "x");

    const StoreChoice choice = chosen().value();

    EXPECT_EQ(choice.base, "/storage");
    EXPECT_EQ(choice.because, "Paperspace Gradient: PAPERSPACE_NOTEBOOK_ID is set");
    EXPECT_TRUE(choice.must_be_mounted);
}

TEST_F(ChooseStore, FailsWhereNothingTells) {
    const auto choice = chosen();

    ASSERT_FALSE(choice.has_value());
    EXPECT_EQ(choice.error().kind, ErrorKind::store_missing);
    EXPECT_THAT(choice.error().hint, HasSubstr("--store DIR"));
}

}  // namespace
}  // namespace envkeep::store
