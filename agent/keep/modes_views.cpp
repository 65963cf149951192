// SPDX-License-Identifier: MIT
#include "keep/modes_views.hpp"

#include "envkeep/store/layout.hpp"
#include "keep/modes_nested.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace envkeep::keep {
namespace {

using system::Kind;

bool is_real(const system::Status& status) {
    return status.kind == Kind::file || status.kind == Kind::folder;
}

class ViewFinder {
  public:
    ViewFinder(const std::vector<ModeRule>& rules,
               const Wanted& wanted,
               const KeptSecrets& secrets,
               const ModesContext& context,
               system::FileReader& files)
        : rules_(rules), secrets_(secrets), context_(context), files_(files), nested_(wanted) {
        if (context.plan != nullptr && !may_set_in_store()) {
            for (const model::Step& step : context.plan->steps) {
                if (const auto* const copy = std::get_if<model::CopyIn>(&step.action)) {
                    copied_.insert(copy->to);
                }
            }
        }
    }

    std::vector<View> find() {
        const system::Place home{.root = context_.home, .path = {}};
        if (is_reached(rules_, files_.root_path(context_.home))) {
            View view = view_of(home, nullptr);
            view.skipped.emplace_back(store::names::aside);
            view.skipped.emplace_back(store::names::state);
            std::ranges::sort(view.skipped);
            add(std::move(view));
        }
        for (const WantedKeep* keep : nested_.sorted()) {
            if (keep->preset != manifest::Preset::none ||
                (!rules_.empty() && is_reached(rules_, files_.absolute(keep->place)))) {
                add_keep(*keep,
                         {.may_be_in_home = true, .is_copied = copied_.contains(keep->place)});
            }
            for (const KeptSecret& secret : secrets_below(*keep)) {
                add_keep(keep_of(*keep, secret),
                         {.may_be_in_home = secret.may_be_in_home,
                          .is_copied = copied_.contains(keep->place)});
            }
        }
        return std::move(views_);
    }

  private:
    struct InHome {
        bool may_be_in_home = true;  // as something real
        bool is_copied = false;      // from the store, by the plan
    };

    [[nodiscard]] bool may_set_in_store() const {
        return context_.modes_honoured && !context_.store_is_read_only;
    }

    [[nodiscard]] std::span<const KeptSecret> secrets_below(const WantedKeep& keep) const {
        const auto found = secrets_.of.find(&keep);
        return found != secrets_.of.end() ? found->second : std::span<const KeptSecret>();
    }

    void add_keep(const WantedKeep& keep, const InHome& in_home) {
        switch (keep.form) {
            case Form::link:
                add_link(keep, in_home.may_be_in_home);
                return;
            case Form::copy:
            case Form::packed:
                if (in_home.is_copied) {
                    add_copied(keep);
                    return;
                }
                add(view_of(keep.place, &keep));
                add_source(keep);
                return;
            case Form::folder:
                add(view_of(keep.place, &keep));
                if (keep.preset != manifest::Preset::none) {
                    add_source(keep);
                }
                return;
        }
    }

    void add_copied(const WantedKeep& keep) {
        View view = view_of(keep.place, &keep);
        view.place = keep.source;
        view.copy = keep.place;
        add(std::move(view));
    }

    // Where something real stands instead of the link, it is copied to the store as far as the
    // store lacks it; the rest goes aside, and its modes are nobody's business.
    void add_link(const WantedKeep& keep, bool may_be_in_home) {
        const bool has_source = add_source(keep);
        if (!may_be_in_home) {
            return;
        }
        const auto seen = files_.look(keep.place);
        if (!seen || !is_real(seen->status) || !may_set_in_store()) {
            return;
        }
        View view = view_of(keep.place, &keep);
        if (has_source) {
            if (seen->status.kind != Kind::folder) {
                return;
            }
            view.counterpart = keep.source;
        }
        view.is_to_be_copied = true;
        add(std::move(view));
    }

    bool add_source(const WantedKeep& keep) {
        if (!may_set_in_store()) {
            return false;
        }
        View view = view_of(keep.place, &keep);
        view.place = keep.source;
        if (add(view)) {
            return true;
        }
        if (!keep.fallback) {
            return false;
        }
        view.place = *keep.fallback;
        return add(std::move(view));
    }

    // Of the home's root for no keep.
    View view_of(const system::Place& place, const WantedKeep* keep) {
        View view{.place = place,
                  .path = files_.absolute(place),
                  .status = {},
                  .preset = keep != nullptr ? keep->preset : manifest::Preset::none,
                  .skipped = {},
                  .counterpart = {},
                  .is_to_be_copied = false,
                  .copy = {}};
        const std::vector<RelPath> left_out =
            keep != nullptr ? left_out_of(*keep, nested_) : nested_.below(place);
        for (const RelPath& path : left_out) {
            view.skipped.push_back(path.text());
        }
        if (keep != nullptr) {
            add_secrets(*keep, view);
        }
        return view;
    }

    // They are views of their own, with their presets.
    void add_secrets(const WantedKeep& keep, View& view) const {
        for (const KeptSecret& secret : secrets_below(keep)) {
            view.skipped.push_back(secret.below.text());
        }
        std::ranges::sort(view.skipped);
    }

    // False if nothing real is there. What cannot be looked at is told where it is restored.
    bool add(View view) {
        const auto status = files_.status(view.place);
        if (!status || !is_real(*status)) {
            return false;
        }
        view.status = *status;
        views_.push_back(std::move(view));
        return true;
    }

    const std::vector<ModeRule>& rules_;
    const KeptSecrets& secrets_;
    const ModesContext& context_;
    system::FileReader& files_;
    NestedKeeps nested_;
    std::set<system::Place> copied_;
    std::vector<View> views_;
};

}  // namespace

std::vector<View> find_views(const std::vector<ModeRule>& rules,
                             const Wanted& wanted,
                             const KeptSecrets& secrets,
                             const ModesContext& context,
                             system::FileReader& files) {
    const bool has_preset = std::ranges::any_of(
        wanted.keeps, [](const WantedKeep& keep) { return keep.preset != manifest::Preset::none; });
    if (rules.empty() && !has_preset && secrets.of.empty()) {
        return {};
    }
    return ViewFinder(rules, wanted, secrets, context, files).find();
}

bool is_reached(const std::vector<ModeRule>& rules, std::string_view path) {
    return std::ranges::any_of(rules, [&](const ModeRule& rule) {
        return rule.compiled.after_path(ModePattern::start(), path) != 0;
    });
}

}  // namespace envkeep::keep
