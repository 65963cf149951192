// SPDX-License-Identifier: MIT
#include "engine/layer_aside.hpp"

#include "engine/carry_out.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/keep/aside.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::engine {
namespace {

using system::Place;

class Mover {
  public:
    Mover(const World& world, Session& session, const std::string& command)
        : world_(world),
          session_(session),
          journal_(journal_folder(session),
                   store::new_run(command, session.home_path, world.machine),
                   world.files,
                   *world.writer),
          places_(journal_.run().id, world.files, *world.writer) {}

    Result<void> move(const Place& place) {
        ENVKEEP_TRY(Place aside, places_.take(place));
        const std::string original = world_.files.absolute(place);
        ENVKEEP_TRY(const std::size_t number,
                    journal_.intend({.kind = store::Change::Kind::moved,
                                     .path = world_.files.absolute(aside),
                                     .other = original}));
        if (Result<void> moved = world_.writer->move(place, aside); !moved) {
            places_.give_back(aside);
            ENVKEEP_CHECK(journal_.gave_up(number));
            return moved;
        }
        asides_.push_back({.place = std::move(aside), .original = original});
        return journal_.done(number);
    }

    Result<void> back_up(WentAside& went) {
        for (const store::Aside& aside : asides_) {
            went.places.push_back(aside.original);
        }
        std::vector<std::string> only_here = went.places;
        if (!session_.store.is_read_only && !asides_.empty()) {
            ENVKEEP_TRY(store::BackupReport made,
                        store::back_up(session_.store,
                                       journal_.run().id,
                                       asides_,
                                       session_.manifest.backup_limit_percent,
                                       world_.files,
                                       *world_.writer));
            only_here = std::move(made.only_here);
        }
        for (const std::string& original : only_here) {
            for (const store::Aside& aside : asides_) {
                if (is_path_within(original, aside.original)) {
                    state_of(session_).only_here.push_back(
                        {.original = original,
                         .aside = world_.files.absolute(aside.place) +
                                  original.substr(aside.original.size())});
                }
            }
        }
        if (!only_here.empty()) {
            ENVKEEP_CHECK(commit_state(world_, session_));
        }
        return journal_.finish();
    }

  private:
    const World& world_;
    Session& session_;
    store::Journal journal_;
    keep::AsidePlaces places_;
    std::vector<store::Aside> asides_;
};

void say_blocked(const std::string& path, const Error& error, WentAside& went) {
    went.findings.push_back(
        {.id = "snapshot-in-the-way",
         .severity = model::Severity::error,
         .subject = path,
         .title = "what stands here could not make room for what the snapshot has",
         .evidence = {error.message},
         .fix = {.text = "move it away yourself, then run 'envkeep restore'"}});
}

}  // namespace

Result<WentAside> move_aside(const World& world,
                             Session& session,
                             const std::string& command,
                             const snapshot::Layer& layer,
                             const snapshot::LayerPlan& plan,
                             const snapshot::Roots& roots) {
    WentAside went;
    if (plan.aside.empty()) {
        return went;
    }
    Mover mover(world, session, command);
    for (const std::size_t i : plan.aside) {
        const std::string& path = layer.entries[i].path;
        const Result<void> moved =
            roots.place_of(path).and_then([&](const Place& place) { return mover.move(place); });
        if (!moved) {
            went.blocked.push_back(i);
            say_blocked('/' + path, moved.error(), went);
        }
    }
    ENVKEEP_CHECK(mover.back_up(went));
    return went;
}

}  // namespace envkeep::engine
