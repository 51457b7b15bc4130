// Turns functions over a typed state into the functions of a graph: the checkpoint is read, the
// function decides, and the state is written back. A checkpoint that cannot be read is an Error and
// blocks the thread.
#pragma once

#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "control/graphs/kit/moment.h"

#include <memory>

namespace control::graphs {

// The argument of one graph's functions. A graph may derive its own type from it.
template <class StateOfGraph, class SettingsOfGraph>
struct MoveOf : Moment {
    using State = StateOfGraph;
    using Settings = SettingsOfGraph;

    const Settings& settings;
    State state;
};

template <class Move>
using SettingsOf = std::shared_ptr<const typename Move::Settings>;

template <class Move>
Result<Move> read_move(const typename Move::Settings& settings, const Turn& turn,
                       Effects& effects) {
    Result<typename Move::State> state = contracts::read_message<typename Move::State>(turn.state);
    if (!state) return contracts::fail(std::move(state.error()).context("checkpoint"));
    return Move{MoveOf<typename Move::State, typename Move::Settings>{
        {turn, effects}, settings, std::move(*state)}};
}

template <class Move>
Decide decide_with(SettingsOf<Move> settings, Next (*decide)(Move&)) {
    return [settings = std::move(settings), decide](const Turn& turn,
                                                    Effects& effects) -> Result<Step> {
        Result<Move> move = read_move<Move>(*settings, turn, effects);
        if (!move) return move.fault();
        Next next = decide(*move);
        return Step{contracts::write_message(move->state), std::move(next)};
    };
}

template <class Move>
Change change_with(SettingsOf<Move> settings, void (*decide)(Move&)) {
    return [settings = std::move(settings), decide](const Turn& turn,
                                                    Effects& effects) -> Result<Json> {
        Result<Move> move = read_move<Move>(*settings, turn, effects);
        if (!move) return move.fault();
        decide(*move);
        return contracts::write_message(move->state);
    };
}

}  // namespace control::graphs
