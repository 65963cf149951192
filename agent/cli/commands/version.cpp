// SPDX-License-Identifier: MIT
#include "envkeep/core/version.hpp"

#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/reply.hpp"
#include "embedded/build_info.hpp"
#include "envkeep/git/version.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array version_examples{
    Example{"envkeep version", "the version"},
    Example{"envkeep version --verbose", "also those of the libraries inside"},
};

constexpr std::array version_exits{ExitUse{0, "printed"},
                                   ExitUse{3, "--verbose: a library inside does not work here"}};

std::string libraries_text() {
    std::string out = fmt::format("compiler  {}\n", embedded::build_info::compiler);
    for (const git::LinkedLibrary& library : git::linked_libraries()) {
        out += fmt::format("{}  {}", library.name, library.version);
        if (!library.with.empty()) {
            out += fmt::format(" ({})", library.with);
        }
        if (!library.source.empty()) {
            out += fmt::format(", built from Debian's {}", library.source);
        }
        out += '\n';
    }
    for (const auto& library : embedded::build_info::libraries) {
        out += fmt::format("{}  Debian's {}\n", library.name, library.package_version);
    }
    return out;
}

Json libraries_json() {
    Json list = Json::array();
    for (const git::LinkedLibrary& library : git::linked_libraries()) {
        Json json = Json::object();
        json.set("name", library.name);
        json.set("version", library.version);
        json.set("with", library.with);
        json.set("package", library.source);
        list.add(std::move(json));
    }
    for (const auto& library : embedded::build_info::libraries) {
        Json json = Json::object();
        json.set("name", library.name);
        json.set("package", library.package_version);
        list.add(std::move(json));
    }
    return list;
}

Result<Reply> run_version(const Arguments& /*arguments*/, Context& context) {
    Reply reply;
    if (context.wants_json()) {
        reply.members.set("compiler", embedded::build_info::compiler);
        reply.members.set("libraries", libraries_json());
        return reply;
    }
    reply.text = fmt::format("envkeep {}\n", version());
    if (context.is_verbose()) {
        ENVKEEP_CHECK(git::prove_git_stack());
        reply.text +=
            libraries_text() +
            "self-test  passed: libgit2 names a blob, libssh2 knows ed25519 and rsa-sha2\n";
    }
    return reply;
}

}  // namespace

constinit const Command version_command{
    .name = "version",
    .summary = "print the version, with --verbose also the libraries inside",
    .details =
        "The program is one static file: the libraries are part of it. With --verbose those for "
        "git "
        "and ssh also show that they work on this machine.",
    .examples = version_examples,
    .exits = version_exits,
    .run = run_version};

}  // namespace envkeep::cli
