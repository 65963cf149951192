// SPDX-License-Identifier: MIT
#include "unit/cli/command_line.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "support/mounts.hpp"

#include <regex>
#include <stdexcept>

namespace envkeep::testing {
CommandLine::CommandLine() {
    make_machine_small();  // some commands list what its image holds
    tree.folder("home").folder("storage");
    // What `init` copies to the store: small, and a program of ours by its mark.
    tree.file("envkeep", "#!/bin/sh\n# envkeep program version: 0.1.0;\n", 0755);
    begin_session();
    set("HOME", home());
    set("ENVKEEP_STORE", storage());
    set("PATH", "/usr/bin:/bin");
}

// As a start does it: what was installed on this machine until now is its image's.
void CommandLine::begin_session() {
    posix::Files files;
    const system::RootId root = files.open_root(home()).value();
    const WallTime now = snapshot::file_system_now(root, files, files).value();
    const snapshot::LayerState state{
        .container = posix::Machine(posix::environment()).container().value(),
        .image = "0123abcd",
        .session_began = now,
        .image_until = now};
    if (!snapshot::save_layer_state(root, state, files)) {
        throw std::runtime_error("cannot write the state of the session");
    }
}

Answer CommandLine::run(const std::vector<std::string>& words) {
    std::vector<std::string> texts;
    for (const auto& [name, value] : variables_) {
        texts.push_back(name + "=" + value);
    }
    std::vector<const char*> environment;
    for (const std::string& text : texts) {
        environment.push_back(text.c_str());
    }
    environment.push_back(nullptr);

    cli::ThisMachine machine(environment.data());
    const std::string program = tree / "envkeep";
    Written out;
    Written err;
    out.at_each_write = at_each_write;
    err.at_each_write = at_each_write;
    if (terminal_width > 0) {
        out.become_terminal(terminal_width);
        err.become_terminal(terminal_width);
    }
    const int status = cli::run(
        words,
        {.make_world =
             [&](const std::optional<std::string>& root) {
                 return machine.world(root).map([&](engine::World world) {
                     return engine::World{.files = world.files,
                                          .writer = world.writer,
                                          .machine = world.machine,
                                          .walker = world.walker,
                                          .trees = world.trees,
                                          .tree_writer = world.tree_writer,
                                          .inspector = world.inspector,
                                          .network = reaches_remotes ? world.network : nullptr,
                                          .own_binary = program};
                 });
             },
         .out = out,
         .err = err,
         .variable = [&](std::string_view name) { return machine.variable(name); }});
    return {.status = status, .out = out.text(), .err = err.text()};
}

std::string CommandLine::steady(std::string text) const {
    const auto replace = [&](const std::string& pattern, const std::string& by) {
        text = std::regex_replace(text, std::regex(pattern), by);
    };
    std::size_t at = 0;
    while ((at = text.find(tree.path())) != std::string::npos) {
        text.replace(at, tree.path().size(), "/TREE");
    }
    replace("[0-9]{8}T[0-9]{6}Z-[0-9a-f]+", "RUN");
    replace("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "UTC");
    replace("[0-9]+ (s|min) ago", "AGO");
    replace("[0-9.]+ (ms|s|min)\\b( \\([a-z][^)]* (ms|s|min)\\))?", "TIME");
    // What this machine was started with, and how it is told, is its own matter.
    replace(
        "(no start script was found[^\n]*|'[^\n]*' sources no pre-run.sh|"
        "pid 1 was started with [^\n]*)",
        "REASON");
    replace("[0-9.]+ [KMGTP]iB of [0-9.]+ [KMGTP]iB free", "SPACE");
    return text;
}

}  // namespace envkeep::testing
