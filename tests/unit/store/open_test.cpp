// SPDX-License-Identifier: MIT
#include "captured.hpp"
#include "envkeep/store/find.hpp"
#include "store_test.hpp"
#include "support/mounts.hpp"

#include <gmock/gmock.h>

namespace envkeep::store {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class OpenStore : public StoreTest {
  protected:
    OpenStore() { captured.mount("/", "overlay"); }

    StoreChoice choice(bool must_be_mounted = false) {
        return {.base = tree / "storage",
                .because = must_be_mounted ? "Paperspace Gradient: X is set" : "--store",
                .must_be_mounted = must_be_mounted};
    }

    Result<Store> opened() { return open_store(choice(), captured.machine(), files); }

    Result<Store> created() { return create_store(choice(), captured.machine(), files, files); }

    void expect_missing(std::string_view message, std::string_view hint) {
        const auto store = opened();
        ASSERT_FALSE(store.has_value());
        EXPECT_EQ(store.error().kind, ErrorKind::store_missing);
        EXPECT_THAT(store.error().message, HasSubstr(std::string(message)));
        EXPECT_THAT(store.error().hint, HasSubstr(std::string(hint)));
    }

    Captured captured;
};

TEST_F(OpenStore, GivesWhatCreateMade) {
    const Store made = created().value();

    const Store store = opened().value();

    EXPECT_EQ(store.id, made.id);
    EXPECT_THAT(store.id, ::testing::MatchesRegex("[0-9a-f]{16}"));
    EXPECT_THAT(store.created, ::testing::MatchesRegex("20.*Z"));
    EXPECT_EQ(store.base_path, tree / "storage");
    EXPECT_EQ(store.path, tree / "storage/envkeep");
    EXPECT_EQ(files.absolute(store.place("home/.ssh")), tree / "storage/envkeep/home/.ssh");
    EXPECT_FALSE(store.is_read_only);
}

TEST_F(OpenStore, SaysThatTheFolderIsMissing) {
    tree.remove("storage");

    expect_missing("/storage' (--store) does not exist", "attached to this machine");
}

TEST_F(OpenStore, SaysThatTheFolderIsAFile) {
    tree.remove("storage").file("storage");

    expect_missing("is no folder", "--store DIR");
}

TEST_F(OpenStore, SaysThatAnEmptyFolderIsNoMount) {
    tree.remove("storage/envkeep");

    expect_missing("is empty and nothing is mounted there", "restart the machine");
}

TEST_F(OpenStore, SaysThatAnEmptyMountHoldsNoStoreYet) {
    tree.remove("storage/envkeep");
    captured.mount(tree / "storage", "nfs4");

    expect_missing("no envkeep in", "envkeep init");
}

TEST_F(OpenStore, SaysThatAFullFolderHoldsNoStoreYet) {
    tree.remove("storage/envkeep").file("storage/pre-run.sh");

    expect_missing("no envkeep in", "envkeep init");
}

TEST_F(OpenStore, SaysThatTheStoresOwnFolderWasNamed) {
    tree.remove("storage/envkeep").file("storage/store.json", "{}");

    expect_missing("not the one above it", "--store " + tree.path());
}

TEST_F(OpenStore, SaysThatTheIdentityIsMissing) {
    tree.folder("storage/envkeep/home");

    expect_missing("store.json' is missing", "leaves all else as it is");
}

TEST_F(OpenStore, SaysThatTheIdentityIsCutShortWhereverThatIs) {
    ASSERT_TRUE(created().has_value());
    const std::string whole = tree.content("storage/envkeep/store.json");
    for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
        tree.file("storage/envkeep/store.json", std::string_view(whole).substr(0, length));
        expect_missing("store.json' is cut short or damaged", "envkeep init");
    }
}

TEST_F(OpenStore, SaysThatTheIdentityIsNoise) {
    for (const char* const text : {"\xff\xfe\x01", "[]", "7", "null"}) {
        tree.file("storage/envkeep/store.json", text);
        expect_missing("is cut short or damaged", ".damaged");
    }
    for (const char* const text :
         {"{}", R"({"id":"x"})", R"({"id":"x","layout":0})", R"({"id":7,"layout":1})"}) {
        tree.file("storage/envkeep/store.json", text);
        expect_missing("names no store", ".damaged");
    }
}

TEST_F(OpenStore, RefusesANewerLayout) {
    tree.file("storage/envkeep/store.json", R"({"id":"x","layout":2})");

    const auto store = opened();

    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().kind, ErrorKind::store_missing);
    EXPECT_THAT(store.error().message, HasSubstr("layout 2"));
    EXPECT_THAT(store.error().hint, HasSubstr("bin/envkeep"));
}

TEST_F(OpenStore, ReadsAnIdentityOfALaterVersionOfTheSameLayout) {
    tree.file("storage/envkeep/store.json",
              R"({"id":"x","layout":1,"envkeep":"9.9.9","something new":{"a":[1]}})");

    EXPECT_EQ(opened().value().id, "x");
}

TEST_F(OpenStore, RefusesAnIdentityThatIsALink) {
    tree.file("elsewhere.json", R"({"id":"x","layout":1})")
        .link("storage/envkeep/store.json", tree / "elsewhere.json");

    EXPECT_EQ(opened().error().kind, ErrorKind::store_missing);
    EXPECT_EQ(created().error().kind, ErrorKind::store_missing);
}

TEST_F(OpenStore, RefusesAStoreFolderThatIsALink) {
    ASSERT_TRUE(created().has_value());
    tree.rename("storage/envkeep", "elsewhere").link("storage/envkeep", tree / "elsewhere");

    EXPECT_EQ(opened().error().kind, ErrorKind::store_missing);
    EXPECT_EQ(created().error().kind, ErrorKind::store_missing);
}

TEST_F(OpenStore, RefusesAFileInItsPlace) {
    tree.remove("storage/envkeep").file("storage/envkeep");

    expect_missing("is no folder", "move it away");
}

// It was copied to where the store shall be, and no other envkeep is there to be run.
TEST_F(OpenStore, SaysHowToRunAProgramThatStandsInItsPlace) {
    tree.remove("storage/envkeep").file("storage/envkeep", "#!/bin/true", 0755);
    const std::string path = tree / "storage/envkeep";

    expect_missing("is no folder", "mv " + path + " " + path + "-program && " + path + "-program");
    EXPECT_FALSE(created().has_value());
}

TEST_F(OpenStore, FollowsALinkThatTheUserNamed) {
    ASSERT_TRUE(created().has_value());
    tree.link("named", "storage");
    const StoreChoice named{.base = tree / "named", .because = "--store"};

    EXPECT_TRUE(open_store(named, captured.machine(), files).has_value());
}

TEST_F(OpenStore, KnowsThatItsMountIsReadOnly) {
    ASSERT_TRUE(created().has_value());
    captured.read_only_mount(tree / "storage", "nfs4");

    EXPECT_TRUE(opened().value().is_read_only);
}

TEST_F(OpenStore, DoesNotWrite) {
    ASSERT_TRUE(created().has_value());
    const auto before = tree.snapshot();

    ASSERT_TRUE(opened().has_value());

    EXPECT_EQ(tree.snapshot(), before);
}

class AwaitedMount : private testing::OwnMounts, public StoreTest {
  protected:
    bool awaited() {
        return awaits_mount({.base = tree / "storage", .because = "--store"}, machine, files);
    }
};

TEST_F(AwaitedMount, IsNoneWhereAnythingStands) {
    EXPECT_FALSE(awaited());
    tree.remove("storage/envkeep").file("storage/pre-run.sh");
    EXPECT_FALSE(awaited());
    tree.remove("storage").file("storage");
    EXPECT_FALSE(awaited());
}

TEST_F(AwaitedMount, IsSeenToComeOverAnEmptyFolderAndOneThatIsMissing) {
    tree.remove("storage");
    EXPECT_TRUE(awaited());
    tree.folder("storage");
    EXPECT_TRUE(awaited());

    const auto mounted = testing::ScopedMount::tmpfs(tree / "storage");

    EXPECT_FALSE(awaited());
}

class CreateStore : public OpenStore {};

TEST_F(CreateStore, MakesFoldersAndIdentity) {
    tree.remove("storage/envkeep");

    ASSERT_TRUE(created().has_value());

    const auto made = tree.snapshot("storage");
    EXPECT_EQ(tree.mode_of("storage/envkeep"), 0700U);
    EXPECT_THAT(made,
                AllOf(Contains("envkeep/home folder 0700"),
                      Contains("envkeep/backups folder 0700"),
                      Contains("envkeep/journal folder 0700"),
                      Contains("envkeep/leases folder 0700"),
                      Contains("envkeep/reports folder 0700"),
                      Contains("envkeep/bin folder 0755"),
                      Contains(StartsWith("envkeep/store.json file 0644 "))));
}

TEST_F(CreateStore, ChangesNothingTheSecondTime) {
    const Store first = created().value();
    tree.file("storage/envkeep/home/.bash_history", "ls\n", 0600);
    const auto before = tree.snapshot();

    const Store second = created().value();

    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(CreateStore, MakesNoStoreInAStore) {
    tree.remove("storage/envkeep").file("storage/store.json", "{}");

    const auto store = created();

    ASSERT_FALSE(store.has_value());
    EXPECT_THAT(store.error().message, HasSubstr("not the one above it"));
    EXPECT_FALSE(tree.exists("storage/envkeep"));
}

TEST_F(CreateStore, LeavesWhatAlreadyStandsThereAsItIs) {
    tree.file("storage/envkeep/home/.ssh/id_rsa", "key", 0600).mode("storage/envkeep/home", 0750);

    ASSERT_TRUE(created().has_value());

    EXPECT_EQ(tree.mode_of("storage/envkeep/home"), 0750U);
    EXPECT_EQ(tree.content("storage/envkeep/home/.ssh/id_rsa"), "key");
}

TEST_F(CreateStore, DoesNotWriteOverADamagedIdentity) {
    tree.file("storage/envkeep/store.json", R"({"id": "0123)");
    const auto before = tree.snapshot();

    EXPECT_EQ(created().error().kind, ErrorKind::store_missing);

    EXPECT_EQ(tree.snapshot(), before);
}

TEST_F(CreateStore, DoesNotMakeTheFolderItself) {
    tree.remove("storage");

    EXPECT_EQ(created().error().kind, ErrorKind::store_missing);

    EXPECT_FALSE(tree.exists("storage"));
}

TEST_F(CreateStore, RefusesAPlatformsFolderThatIsNotMounted) {
    tree.remove("storage/envkeep");

    const auto store = create_store(choice(true), captured.machine(), files, files);

    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().kind, ErrorKind::store_missing);
    EXPECT_THAT(store.error().message, HasSubstr("nothing is mounted at"));
    EXPECT_THAT(store.error().hint, HasSubstr("--store " + (tree / "storage")));
    EXPECT_FALSE(tree.exists("storage/envkeep"));
}

TEST_F(CreateStore, TakesAPlatformsFolderThatIsMounted) {
    captured.mount(tree / "storage", "nfs4");

    EXPECT_TRUE(create_store(choice(true), captured.machine(), files, files).has_value());
}

TEST_F(CreateStore, SaysThatItCannotWrite) {
    tree.remove("storage/envkeep");
    const auto mounted = testing::ScopedMount::read_only_bind(tree / "storage", tree / "storage");

    const auto store = created();

    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().kind, ErrorKind::read_only);
    EXPECT_THAT(store.error().message, HasSubstr("making the store in"));
}

}  // namespace
}  // namespace envkeep::store
