// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/scope.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using system::Kind;

Scope scope_of_root() {
    return {.roots = usual_roots("root"),
            .home = "root",
            .stores = {"storage"},
            .kept = {"root/.local", "root/.jupyter"},
            .excluded = {"data/*", "*.ckpt"}};
}

Omission omission_of(std::string_view path, Kind kind = Kind::file) {
    return scope_of_root().omission_of(path, kind);
}

TEST(ScopeOfALayer, HoldsWhatPackageManagersInstall) {
    for (const std::string_view path : {"usr/local/lib/python3.11/dist-packages/einops/__init__.py",
                                        "usr/bin/htop",
                                        "var/lib/dpkg/status",
                                        "etc/apt/sources.list",
                                        "opt/conda/conda-meta/history",
                                        "root/.condarc",
                                        "root/.ipython/profile_default/startup/10.py",
                                        "usr/local/lib/node_modules/typescript/package.json"}) {
        EXPECT_EQ(omission_of(path), Omission::none) << path;
    }
}

TEST(ScopeOfALayer, LeavesOutWhatTheStoreHasAlready) {
    EXPECT_EQ(omission_of("storage/envkeep/home"), Omission::store);
    EXPECT_EQ(omission_of("root/.local", Kind::link), Omission::kept);
    EXPECT_EQ(omission_of("root/.jupyter/config.json"), Omission::kept);
    EXPECT_EQ(omission_of("root/.jupyterlab"), Omission::none);
}

TEST(ScopeOfALayer, LeavesOutWhatEachMachineHasOfItsOwn) {
    EXPECT_EQ(omission_of("etc/resolv.conf"), Omission::runtime);
    EXPECT_EQ(omission_of("etc/ld.so.cache"), Omission::runtime);
    EXPECT_EQ(omission_of("var/lib/dpkg/lock"), Omission::runtime);
    EXPECT_EQ(omission_of("root/agent.sock", Kind::other), Omission::runtime);
    EXPECT_EQ(omission_of("root/.envkeep-state/session.json"), Omission::ours);
    EXPECT_EQ(omission_of("root/.x.envkeep-0123abcd"), Omission::ours);
}

TEST(ScopeOfALayer, LeavesOutCaches) {
    EXPECT_EQ(omission_of("root/.cache/pip/http/1"), Omission::cache);
    EXPECT_EQ(omission_of("root/miniforge3/pkgs/x.conda"), Omission::cache);
    EXPECT_EQ(omission_of("var/cache/apt/archives/x.deb"), Omission::cache);
    EXPECT_EQ(omission_of("root/miniforge3/lib/libx.so"), Omission::none);
}

TEST(ScopeOfALayer, HoldsAHomeWhereverItLies) {
    const Scope scope{.home = "tmp/me"};

    EXPECT_EQ(scope.omission_of("tmp/me/.vimrc", Kind::file), Omission::none);
    EXPECT_EQ(scope.omission_of("tmp/me/.cache/x", Kind::file), Omission::cache);
    EXPECT_EQ(scope.omission_of("tmp/other", Kind::file), Omission::runtime);
}

TEST(ScopeOfALayer, LeavesTheDriverToTheHost) {
    EXPECT_EQ(omission_of("usr/lib/x86_64-linux-gnu/libcuda.so.1", Kind::link), Omission::driver);
    EXPECT_EQ(omission_of("usr/lib/x86_64-linux-gnu/libnvidia-ml.so.535.104.05"), Omission::driver);
    EXPECT_EQ(omission_of("usr/local/nvidia/lib64/libx.so"), Omission::driver);
    EXPECT_EQ(omission_of("usr/local/cuda-12.1/lib64/stubs/libcuda.so"), Omission::none);
    EXPECT_EQ(omission_of("usr/lib/x86_64-linux-gnu/libcudart.so.12"), Omission::none);
}

TEST(ScopeOfALayer, LeavesOutSecretsUnlessAskedFor) {
    Scope scope = scope_of_root();
    for (const std::string_view path : {"root/.ssh/id_ed25519",
                                        "root/.netrc",
                                        "root/.aws/credentials",
                                        "root/.config/gh/hosts.yml",
                                        "root/work/.git-credentials",
                                        "home/jovyan/.netrc",
                                        "home/jovyan/.kaggle/kaggle.json",
                                        "srv/.netrc",
                                        "etc/apt/auth.conf",
                                        "etc/apt/auth.conf.d/nvidia.conf"}) {
        EXPECT_EQ(scope.omission_of(path, Kind::file), Omission::secret) << path;
    }
    scope.with_secrets = true;

    EXPECT_EQ(scope.omission_of("root/.ssh/id_ed25519", Kind::file), Omission::none);
    EXPECT_EQ(scope.omission_of("home/jovyan/.netrc", Kind::file), Omission::none);
}

TEST(ScopeOfALayer, LeavesOutWhatIsPrivateOrACacheInEveryHome) {
    const Scope scope{.home = "home/jovyan"};
    for (const std::string_view home : {"home/jovyan", "home/other", "root"}) {
        const std::string start = std::string(home) + '/';
        EXPECT_EQ(scope.omission_of(start + ".ssh/id", Kind::file), Omission::secret) << home;
        EXPECT_EQ(scope.omission_of(start + ".cache/x", Kind::file), Omission::cache) << home;
        EXPECT_EQ(scope.omission_of(start + "notes", Kind::file), Omission::none) << home;
    }
    EXPECT_EQ(scope.omission_of("home", Kind::folder), Omission::none);
    EXPECT_EQ(scope.omission_of("home/other", Kind::folder), Omission::none);
}

TEST(ScopeOfALayer, LeavesOutWhatTheManifestExcludes) {
    EXPECT_EQ(omission_of("root/data/set.bin"), Omission::excluded);
    EXPECT_EQ(omission_of("root/run/last.ckpt"), Omission::excluded);
}

TEST(UsualRoots, TakeInAHomeThatLiesElsewhere) {
    EXPECT_THAT(usual_roots("workspace/me"), ::testing::Contains("workspace/me"));
    EXPECT_THAT(usual_roots("home/jovyan"), ::testing::Not(::testing::Contains("home/jovyan")));
}

TEST(WithoutNested, DropsWhatLiesInAnotherFolder) {
    EXPECT_THAT(without_nested({"usr", "usr-x", "opt/tools", "usr/local", "opt/tools", "opt"}),
                ::testing::ElementsAre("opt", "usr", "usr-x"));
}

TEST(ShowsSecret, FindsPasswordsTokensAndKeys) {
    EXPECT_TRUE(shows_secret("pip.conf", "[global]\nindex-url = https://me:pw@host/simple\n"));
    EXPECT_TRUE(shows_secret(".npmrc", "//registry/:_authToken=abc\n"));
    EXPECT_TRUE(shows_secret("pip.conf", "index-url = https://TOKEN@host/simple\n"));
    EXPECT_TRUE(shows_secret("x/.git/config", "url = https://oauth2:abc@host/x.git\n"));
    EXPECT_TRUE(shows_secret(".condarc", "channels: [https://conda.anaconda.org/t/tk-1/me]\n"));
    EXPECT_TRUE(shows_secret("app/prod.yaml", "database: postgres://me:pw@host/x"));
    EXPECT_TRUE(shows_secret("app/.env", "URL=ssh://me:pw@host/x"));
    EXPECT_FALSE(shows_secret("x/.git/config", "url = ssh://git@host/x.git\n"));
    EXPECT_FALSE(shows_secret("x/.git/config", "url = https://git@host/x\nurl = git@host:x\n"));
    EXPECT_FALSE(shows_secret(".env", "postgresql://me@localhost/db ssh://me@host/x"));
    EXPECT_FALSE(shows_secret("pip.conf", "index-url = https://host/simple\n# me@host: hello"));
    EXPECT_FALSE(shows_secret(".npmrc", "prefix=/root/.npm-global\n"));
}

TEST(ShowsSecret, FindsPrivateKeysInAnyText) {
    const std::string key = "MC4CAQAwBQYDK2VwBCIEIN0123456789abcdefghijklmnop+/ABCDEFGHIJKLMN";

    EXPECT_TRUE(shows_secret("x", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + key + "\n"));
    EXPECT_TRUE(shows_secret("x", "-----BEGIN PRIVATE KEY-----\r\n" + key));
    EXPECT_TRUE(
        shows_secret("x", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x"));
    EXPECT_TRUE(
        shows_secret("x.json", R"("private_key": "-----BEGIN PRIVATE KEY-----\n)" + key + '"'));
    EXPECT_TRUE(
        shows_secret("x", "begin = 'PRIVATE KEY-----'\n-----BEGIN PRIVATE KEY-----\n " + key));
}

TEST(ShowsSecret, IsNotMisledByCodeThatReadsKeysAndAddresses) {
    // Of urllib3, pip and cryptography.
    EXPECT_FALSE(
        shows_secret("urllib3/util/url.py", ">>> Url('http', 'http://username:password@host:80')"));
    EXPECT_FALSE(shows_secret("pip/_internal/cli/cmdoptions.py", "scheme://[user:passwd@]proxy"));
    EXPECT_FALSE(shows_secret("x/__pycache__/url.cpython-311.pyc", "https://me:pw@host"));
    EXPECT_FALSE(shows_secret("cryptography/ssh.py",
                              "_SK_START = b\"-----BEGIN OPENSSH PRIVATE KEY-----\"\n"
                              "_SK_END = b\"-----END OPENSSH PRIVATE KEY-----\"\n"));
}

TEST(MayShowSecret, AsksFilesThatNotAllMayReadAndConfigurationWithAddresses) {
    const auto is_asked = [](std::string_view path, std::uint32_t mode) {
        return may_show_secret(path, {.kind = Kind::file, .mode = mode, .size = 100});
    };

    EXPECT_TRUE(is_asked("etc/ssl/private/ssl-cert-snakeoil.key", 0640));
    EXPECT_TRUE(is_asked("root/x/.git/config", 0644));
    EXPECT_TRUE(is_asked("root/x/.git/modules/y/config", 0644));
    EXPECT_TRUE(is_asked("root/.gitconfig", 0644));
    EXPECT_TRUE(is_asked("etc/apt/sources.list", 0644));
    EXPECT_FALSE(is_asked("root/x/config", 0644));
    EXPECT_FALSE(is_asked("usr/lib/test.key", 0644));
}

}  // namespace
}  // namespace envkeep::snapshot
