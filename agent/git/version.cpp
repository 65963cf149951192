// SPDX-License-Identifier: MIT
#include "envkeep/git/version.hpp"

#include "git/remote_callbacks.hpp"

#include <fmt/format.h>
#include <git2.h>
#include <libssh2.h>
#include <openssl/crypto.h>

#include <envkeep_source_versions.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace envkeep::git {
namespace {

std::string libgit2_version() {
    int major = 0;
    int minor = 0;
    int patch = 0;
    git_libgit2_version(&major, &minor, &patch);
    return fmt::format("{}.{}.{}", major, minor, patch);
}

std::string backend(git_feature_t feature) {
    const char* name = git_libgit2_feature_backend(feature);
    return name == nullptr ? "none" : name;
}

std::string libssh2_crypto() {
    return libssh2_crypto_engine() == libssh2_openssl ? "crypto: openssl" : "crypto: other";
}

struct FreeSession {
    void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
};

using LibrarySession = std::unique_ptr<LIBSSH2_SESSION, FreeSession>;

Result<void> prove_libgit2() {
    const LibGit library({});
    if (!library.is_started()) {
        return failure(ErrorKind::unsupported, "libgit2 does not start");
    }
    git_oid id;
    std::array<char, GIT_OID_SHA1_HEXSIZE + 1> name{};
    constexpr std::string_view content = "hello\n";
    if (git_odb_hash(&id, content.data(), content.size(), GIT_OBJECT_BLOB) != 0 ||
        git_oid_tostr(name.data(), name.size(), &id) !=
            std::string_view("ce013625030ba8dba906f756967f9e9ca394464a")) {
        return failure(ErrorKind::unsupported, "libgit2 cannot name a blob");
    }
    return {};
}

bool knows_key_kind(LIBSSH2_SESSION* session, std::string_view wanted) {
    const char** names = nullptr;
    const int count = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &names);
    if (count <= 0) {
        return false;
    }
    const std::span all(names, static_cast<std::size_t>(count));
    const bool found = std::ranges::find(all, wanted) != all.end();
    libssh2_free(session, static_cast<void*>(names));
    return found;
}

Result<void> prove_libssh2() {
    const LibrarySession session(libssh2_session_init_ex(nullptr, nullptr, nullptr, nullptr));
    if (session == nullptr) {
        return failure(ErrorKind::unsupported, "libssh2 gives no session");
    }
    for (const std::string_view kind : {"ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"}) {
        if (!knows_key_kind(session.get(), kind)) {
            return failure(ErrorKind::unsupported,
                           fmt::format("libssh2 does not know keys of kind '{}'", kind));
        }
    }
    return {};
}

}  // namespace

std::vector<LinkedLibrary> linked_libraries() {
    return {
        {.name = "libgit2",
         .version = libgit2_version(),
         .with = fmt::format(
             "https: {}, ssh: {}", backend(GIT_FEATURE_HTTPS), backend(GIT_FEATURE_SSH)),
         .source = ENVKEEP_LIBGIT2_SOURCE},
        {.name = "libssh2",
         .version = libssh2_version(0),
         .with = libssh2_crypto(),
         .source = ENVKEEP_LIBSSH2_SOURCE},
        {.name = "openssl",
         .version = OpenSSL_version(OPENSSL_FULL_VERSION_STRING),
         .with = {},
         .source = ENVKEEP_OPENSSL_SOURCE},
    };
}

Result<void> prove_git_stack() {
    ENVKEEP_CHECK(prove_libgit2());
    if (libssh2_init(0) != 0) {
        return failure(ErrorKind::unsupported, "libssh2 does not start");
    }
    const Result<void> outcome = prove_libssh2();
    libssh2_exit();
    return outcome;
}

}  // namespace envkeep::git
