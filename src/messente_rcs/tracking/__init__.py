"""From a delivery report, or Messente's word when it is asked, to the record that has moved forward."""
