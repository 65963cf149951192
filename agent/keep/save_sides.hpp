// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/save.hpp"
#include "keep/modes_keys.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace envkeep::keep {

// One thing in the home, and where it belongs in the store.
struct SavePair {
    system::Place home;
    system::Place store;
    system::Place kept;  // the keep's own place: `home`, or a folder above it
    manifest::Preset preset = manifest::Preset::none;
    std::string subject;                          // "~/.ssh/config"
    const store::RestoredFile* record = nullptr;  // none: nothing was restored there
    bool is_link = false;                         // the place belongs to a link of ours
    bool merges = false;
};

// What was found out about a file, for the record.
struct SaveSides {
    system::Status home;
    system::Status store;
    Digest digest;
};

// Puts a save plan together: steps with the records that hold until they are done, records brought
// up to date, and what is to be said.
class SaveWriter {
  public:
    SaveWriter(const store::SessionState& state,
               const std::string& session,
               system::FileReader& files)
        : session_(session), files_(files), keys_(&state, files) {}

    // Nothing is to be done: the old record, if any, holds.
    void hold(const SavePair& pair);
    // Nothing is to be done, but the record changes.
    void refresh(const SavePair& pair, const SaveSides& sides);
    // The store has nothing of that name.
    void seed(const SavePair& pair, const system::Status& home, std::vector<RelPath> leaves_out);
    // The store still has what was restored.
    void copy_back(const SavePair& pair, const system::Status& home, const system::Status& store);
    // What was united is to stand in the store.
    void bring_united(const SavePair& pair,
                      const system::Status& home,
                      const system::Status& store,
                      const Merged& merged);
    // Both sides changed: this home's goes beside the store's, unless it stands there already.
    void keep_both(const SavePair& pair,
                   const system::Status& home,
                   std::vector<RelPath> leaves_out);
    // Both were kept in an earlier round.
    void say_both(const SavePair& pair, const system::Place& beside);
    void say_failed(const SavePair& pair, const Error& error);
    // To what was said last, if that was of this pair.
    void add_evidence(const SavePair& pair, const std::string& text);

    [[nodiscard]] SavePlan take(std::vector<store::RestoredFile> rest);

  private:
    [[nodiscard]] bool holds_version_beside(const SavePair& pair, const system::Status& home);
    [[nodiscard]] std::optional<Digest> shared_content(const SavePair& pair,
                                                       const system::Status& home,
                                                       const system::Status& store);
    [[nodiscard]] std::optional<system::Place> free_name_beside(const system::Place& source);
    [[nodiscard]] std::uint32_t file_bound(const SavePair& pair, const system::Status& home);
    void add_step(const SavePair& pair, model::Action action, std::string why);

    const std::string& session_;
    system::FileReader& files_;
    KeyFinder keys_;
    std::set<system::Place> taken_;  // names beside that this plan makes
    SavePlan plan_;
};

// `known_hosts.from-SESSION-1`; a long name is cut so that the whole one fits.
[[nodiscard]] std::string name_beside(std::string_view name, std::string_view session, unsigned n);
// Whether an absolute path is a name that a save gave beside `source`.
[[nodiscard]] bool is_beside(std::string_view path, std::string_view source);

}  // namespace envkeep::keep
