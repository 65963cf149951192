// SPDX-License-Identifier: MIT
#include "envkeep/cli/this_machine.hpp"

#include "envkeep/posix/files.hpp"
#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/network.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/posix/processes.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"

namespace envkeep::cli {
namespace {

// What another session saves is over by then; what takes longer is better told than waited for.
constexpr std::chrono::seconds claim_patience{5};

}  // namespace

struct ThisMachine::Adapters {
    Adapters(posix::Files there, posix::Machine seen, posix::Inspector looking)
        : files(std::move(there)),
          machine(std::move(seen)),
          inspector(std::move(looking)),
          walker(files),
          trees(files) {}

    posix::Files files;
    posix::Machine machine;
    posix::Inspector inspector;
    posix::TreeWalker walker;
    posix::TreeContent trees;
    posix::Processes processes;
    posix::Network network;
};

ThisMachine::ThisMachine(const char* const* variables) : variables_(variables) {}

ThisMachine::ThisMachine(ThisMachine&&) noexcept = default;
ThisMachine& ThisMachine::operator=(ThisMachine&&) noexcept = default;
ThisMachine::~ThisMachine() = default;

Result<engine::World> ThisMachine::world(const std::optional<std::string>& root) {
    if (root) {
        ENVKEEP_TRY(posix::Machine captured, posix::Machine::captured(*root, variables_));
        ENVKEEP_TRY(posix::Files files, posix::Files::captured(*root));
        ENVKEEP_TRY(posix::Inspector inspector, posix::Inspector::captured(*root));
        adapters_ =
            std::make_unique<Adapters>(std::move(files), std::move(captured), std::move(inspector));
    } else {
        adapters_ = std::make_unique<Adapters>(
            posix::Files(), posix::Machine(variables_), posix::Inspector());
    }
    engine::World world{.files = adapters_->files,
                        .writer = root ? nullptr : &adapters_->files,
                        .machine = adapters_->machine,
                        .walker = adapters_->walker,
                        .trees = &adapters_->trees,
                        .tree_writer = root ? nullptr : &adapters_->trees,
                        .processes = root ? nullptr : &adapters_->processes,
                        .inspector = &adapters_->inspector,
                        .network = root ? nullptr : &adapters_->network,
                        .own_binary = std::nullopt,
                        .claim_patience = claim_patience};
    if (Result<std::string> own = posix::own_executable(); own && !root) {
        world.own_binary = std::move(*own);
    }
    return world;
}

std::optional<std::string> ThisMachine::variable(std::string_view name) const {
    return posix::Machine(variables_).variable(name);
}

}  // namespace envkeep::cli
